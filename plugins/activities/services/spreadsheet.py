"""Activities from a spreadsheet: what its columns can be, which activity a row means, and how rows are written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import delete, select

from core.api import (
    CONTENT_LANGUAGES,
    ImportCell,
    ImportChange,
    ImportField,
    ImportProblem,
    ImportRow,
    ImportStored,
    TableImport,
    Viewer,
    chunks,
    current_city,
    db,
    fold,
    language_name,
    language_words,
    new_id,
    today,
    words_of,
    write_all,
)
from core.api import lazy_gettext as _l
from core.api import lazy_pgettext as _lp
from plugins.activities.models import Activity, Partner, new_uid
from plugins.activities.permissions import Permission
from plugins.activities.services.access import may_change, visible_to
from plugins.activities.services.announcing import tell_invited
from plugins.activities.services.entries import (
    FIELDS,
    as_kept,
    differences,
    entry_of,
    from_kept,
    settle_status,
    tidy,
    write,
)
from plugins.activities.services.records import add_change
from plugins.activities.services.telling import REMINDERS_AHEAD, follow, tell_changes
from plugins.activities.services.texts import KEPT_FIELDS, keep_texts
from plugins.activities.words import (
    AGES,
    CURRENCIES,
    LEVELS,
    MODES,
    SEXES,
    STATUSES,
    TARGET_GROUPS,
    TYPES,
    VISIBILITIES,
    Mode,
    Status,
    Visibility,
)

_LONGEST_TEXT = 20_000
_SEX, _AGE = "sex_", "age_"
_PARTS = {_SEX: SEXES, _AGE: AGES}

_TITLE = words_of(
    "activity, title, event, name, name of activity, topic, активност, назив на активноста, назив, "
    "настан, тема, наслов, "
    "aktiviteti, emri i aktivitetit, titulli, ngjarja, tema, активност, назив активности, догађај, "
    "naziv aktivnosti, "
    "naziv, događaj, etkinlik, etkinlik adı, faaliyet, başlık, konu, activité, action, intitulé, titre, "
    "النشاط, اسم النشاط, "
    "العنوان, الفعالية, عنوان النشاط"
)
_TYPE = words_of(
    "type, type of activity, kind, тип, вид, вид на активност, lloji, lloji i aktivitetit, врста, "
    "врста активности, "
    "vrsta, tip, tür, etkinlik türü, type d'activité, nature, نوع النشاط, النوع"
)
_DATE = words_of(
    "date, day, start date, when, датум, ден, датум на одржување, почеток, data, dita, datë, "
    "датум одржавања, dan, datum, "
    "tarih, gün, jour, date de début, التاريخ, تاريخ, اليوم, تاريخ النشاط"
)
_LAST_DAY = words_of(
    "end date, last day, until, краен датум, крај, до, data e mbarimit, deri, датум завршетка, kraj, do, "
    "bitiş tarihi, "
    "date de fin, fin, تاريخ الانتهاء, إلى"
)
_TIME = words_of(
    "time, start time, hour, час, време, почеток час, ora, koha, време почетка, vreme, sat, saat, "
    "başlangıç saati, heure, "
    "horaire, الوقت, الساعة, التوقيت"
)
_END_TIME = words_of(
    "end time, крај час, ora e mbarimit, време завршетка, bitiş saati, heure de fin, وقت الانتهاء"
)
_PLACE = words_of(
    "place, location, venue, area, место, локација, место на одржување, простор, vendi, lokacioni, "
    "место одржавања, mesto, "
    "lokacija, yer, mekân, konum, lieu, endroit, المكان, الموقع, مكان النشاط"
)
_LEAD = words_of(
    "organisation, organization, lead organisation, organiser, institution, implemented by, организација, носител, "
    "организатор, институција, спроведува, организацијата, organizata, organizatori, institucioni, "
    "bartësi, носилац, "
    "установа, organizator, nosilac, kuruluş, kurum, düzenleyen, organisme, structure, porteur, "
    "organisateur, الجهة, "
    "المنظم, الجهة المنظمة, المؤسسة"
)
_PARTNERS = words_of(
    "partners, partner, with, партнери, партнер, соработници, во соработка со, partnerët, partneri, "
    "bashkëpunëtorët, "
    "partneri, сарадници, ortaklar, iş birliği, partenaires, en partenariat avec, الشركاء, بالتعاون مع, شريك"
)
_PEOPLE = words_of(
    "participants, number of participants, people, attendance, учесници, број на учесници, присутни, "
    "pjesëmarrësit, "
    "numri i pjesëmarrësve, учесника, број учесника, učesnici, broj učesnika, katılımcı, "
    "katılımcı sayısı, katılımcılar, "
    "nombre de participants, participants, public touché, المشاركون, عدد المشاركين, الحضور"
)
_GROUPS = words_of(
    "target group, target groups, for whom, целна група, целни групи, grupi i synuar, grupet e synuara, "
    "циљна група, "
    "ciljna grupa, hedef grup, hedef kitle, public cible, publics, الفئة المستهدفة, الفئات المستهدفة"
)
_RESULT = words_of(
    "result, results, outcome, резултат, резултати, исход, rezultati, rezultatet, исходи, rezultat, "
    "sonuç, sonuçlar, "
    "résultat, résultats, bilan, النتيجة, النتائج"
)
_ABOUT = words_of(
    "description, content, опис, содржина, краток опис, përshkrimi, përmbajtja, садржај, opis, sadržaj, "
    "açıklama, içerik, "
    "description, contenu, الوصف, وصف النشاط, المحتوى"
)
_STATUS = words_of(
    "status, state, статус, состојба, реализација, statusi, gjendja, стање, stanje, durum, statut, état, "
    "الحالة, الوضع"
)
_PLANNED = words_of(
    "budget, budget planned, planned, буџет, планиран буџет, планирани средства, buxheti, buxheti i planifikuar, "
    "планирани буџет, planirani budžet, budžet, bütçe, planlanan bütçe, budget prévu, الميزانية, الميزانية المخططة"
)
_SPENT = words_of(
    "spent, cost, expenses, потрошено, трошоци, реализиран буџет, shpenzuar, kosto, shpenzimet, "
    "потрошено, утрошено, "
    "troškovi, potrošeno, harcanan, gider, maliyet, dépensé, coût, dépenses, المصروف, التكلفة, النفقات"
)
_FUNDING = words_of(
    "donor, funding, project, source of funding, донатор, проект, извор на финансирање, donatori, "
    "projekti, burimi i "
    "financimit, пројекат, извор финансирања, projekat, donator, bağışçı, proje, finansman, bailleur, "
    "financement, projet, "
    "الجهة الممولة, التمويل, المشروع, المانح"
)
_WOMEN = words_of(
    "women, female, f, жени, ж, gra, femra, жене, žene, kadın, femmes, نساء, إناث, الإناث"
)
_MEN = words_of(
    "men, male, m, мажи, м, burra, meshkuj, мушкарци, muškarci, erkek, hommes, رجال, ذكور, الذكور"
)

_STATUS_WORDS: Mapping[str, tuple[str, ...]] = {
    Status.PLANNED: words_of(
        "план, планирано, во план, e planifikuar, planificuar, planirano, planlandı, prévu, مخطط"
    ),
    Status.HELD: words_of(
        "одржано, реализирано, спроведено, завршено, e mbajtur, realizuar, одржана, реализовано, "
        "održano, realizovano, "
        "done, completed, yapıldı, tamamlandı, réalisé, fait, منفذ, تم, نفذ"
    ),
    Status.CANCELLED: words_of("откажано, anuluar, отказано, otkazano, iptal, annulé, ملغى"),
    Status.POSTPONED: words_of("одложено, shtyrë, одложено, odloženo, ertelendi, reporté, مؤجل"),
}
_TYPE_WORDS: Mapping[str, tuple[str, ...]] = {
    "workshop": words_of(
        "работилница, punëtori, радионица, radionica, atölye, atelier, ورشة, ورشة عمل"
    ),
    "training_frontline": words_of(
        "обука, тренинг, trajnim, обука, obuka, trening, eğitim, formation, تدريب"
    ),
    "awareness_campaign": words_of(
        "кампања, fushatë, кампања, kampanja, kampanya, campagne, حملة, حملة توعية"
    ),
    "coordination": words_of(
        "состанок, mbledhje, takim, састанак, sastanak, toplantı, réunion, اجتماع, meeting"
    ),
    "community_meeting": words_of(
        "трибина, дебата, tribunë, debat, трибина, tribina, débat, ندوة, لقاء"
    ),
    "sport_culture": words_of(
        "спорт, култура, турнир, sport, kulturë, turne, спорт, kultura, spor, tournoi, رياضة, ثقافة"
    ),
}


class _LanguageName:
    """The name of a language, in the language of whoever reads it."""

    def __init__(self, code: str) -> None:
        self.code = code

    def __str__(self) -> str:
        return language_name(self.code)


def _plain(titles: Mapping[Any, object]) -> dict[str, object]:
    return {str(code): title for code, title in titles.items()}


def fields(viewer: Viewer) -> Sequence[ImportField]:
    """What a column can be."""
    cell = ImportCell
    codes = tuple(dict.fromkeys([*current_city().languages, *CONTENT_LANGUAGES]))
    languages = {code: _LanguageName(code) for code in codes}
    spoken = language_words(codes)
    return (
        ImportField("title", _lp("activity", "Title"), required=True, words=_TITLE),
        ImportField("start_date", _lp("activity", "Date"), cell.DAY, required=True, words=_DATE),
        ImportField(
            "organisation_id", _l("Lead organisation"), cell.ORGANISATION, required=True,
            words=_LEAD, fallback=True, default=viewer.organisation_id or "",
        ),
        ImportField(
            "type", _l("Type of activity"), cell.ONE_OF, words=_TYPE, choices=TYPES,
            choice_words=_TYPE_WORDS, fallback=True, default="other",
        ),
        ImportField("place", _lp("activity", "Place or area"), words=_PLACE),
        ImportField(
            "participants", _l("How many people came?"), cell.NUMBER, words=_PEOPLE
        ),
        ImportField("partners", _l("With whom?"), cell.ORGANISATIONS, words=_PARTNERS),
        ImportField(
            "target_groups", _l("For whom?"), cell.SOME_OF, words=_GROUPS, choices=TARGET_GROUPS
        ),
        ImportField(
            "result", _lp("activity", "Result"), cell.TEXT, longest=_LONGEST_TEXT, words=_RESULT
        ),
        ImportField("start_time", _lp("activity", "From"), cell.CLOCK, words=_TIME),
        ImportField("end_time", _lp("activity", "Until"), cell.CLOCK, words=_END_TIME),
        ImportField("end_date", _l("Last day"), cell.DAY, words=_LAST_DAY),
        ImportField(
            "status", _lp("activity", "Status"), cell.ONE_OF, words=_STATUS, choices=_plain(STATUSES),
            choice_words=_STATUS_WORDS,
        ),
        ImportField(
            "description", _l("Description"), cell.TEXT, longest=_LONGEST_TEXT, words=_ABOUT
        ),
        ImportField(
            "level", _l("Level of prevention"), cell.ONE_OF, choices=LEVELS,
            words=words_of("level, ниво, ниво на превенција, niveli, nivo, düzey, niveau, المستوى"),
        ),
        ImportField("mode", _l("How people met"), cell.ONE_OF, choices=_plain(MODES)),
        ImportField("expected", _l("Expected participants"), cell.NUMBER),
        ImportField("attendances", _l("Attendances"), cell.NUMBER),
        ImportField("sex_female", SEXES["female"], cell.NUMBER, words=_WOMEN),
        ImportField("sex_male", SEXES["male"], cell.NUMBER, words=_MEN),
        *(
            ImportField(f"{_SEX}{code}", SEXES[code], cell.NUMBER)
            for code in SEXES if code not in {"female", "male", "unknown"}
        ),
        *(
            ImportField(f"{_AGE}{code}", AGES[code], cell.NUMBER)
            for code in AGES if code != "unknown"
        ),
        ImportField("budget_planned", _l("Budget planned"), cell.MONEY, words=_PLANNED),
        ImportField("budget_spent", _l("Budget spent"), cell.MONEY, words=_SPENT),
        ImportField(
            "currency", _l("Currency"), cell.ONE_OF, choices={code: code for code in CURRENCIES},
            choice_words={"MKD": words_of("ден, денари, denarë"), "EUR": words_of("€, евра, euro")},
            words=words_of("currency, валута, valuta, para birimi, devise, monnaie, العملة"),
            fallback=True, default="EUR",
        ),
        ImportField(
            "objective", _l("Objective in the local action plan"), longest=300,
            words=words_of("objective, goal, цел, мерка, qëllimi, objektivi, циљ, cilj, amaç, objectif, الهدف"),
        ),
        ImportField(
            "funding", _l("Project or source of funding"), longest=300, words=_FUNDING
        ),
        ImportField("worked", _l("What worked"), cell.TEXT, longest=_LONGEST_TEXT),
        ImportField("not_worked", _l("What did not work"), cell.TEXT, longest=_LONGEST_TEXT),
        ImportField(
            "languages_used", _l("Languages used"), cell.SOME_OF, choices=languages,
            choice_words=spoken,
        ),
        ImportField(
            "language", _l("Language of these texts"), cell.ONE_OF, choices=languages,
            choice_words=spoken, fallback=True, default=current_city().default_language,
        ),
        ImportField(
            "visibility", _l("Visible to"), cell.ONE_OF, choices=_plain(VISIBILITIES), fallback=True,
            default=Visibility.MEMBERS.value,
        ),
        ImportField(
            "reference", _l("Reference in your list"),
            words=words_of(
                "id, code, reference, шифра, код, ознака, kod, kodi, šifra, referans, référence, الرمز, المعرف"
            ),
        ),
    )  # fmt: skip


def called(values: Mapping[str, Any]) -> str:
    """The title."""
    return str(values.get("title", ""))


def same(values: Mapping[str, Any]) -> str:
    """One title on one day by one organisation is one activity."""
    if not values.get("title") or not values.get("start_date"):
        return ""
    return _key(values["title"], values["start_date"], values.get("organisation_id") or "")


def _key(title: str, day: str, organisation_id: str) -> str:
    return f"{fold(title)} {day} {organisation_id}"


def find(rows: Sequence[ImportRow], viewer: Viewer) -> Sequence[ImportStored | None]:
    """The activity of the row's reference, else the one of that title, day and organisation that the viewer sees."""
    days = sorted({row.values["start_date"] for row in rows if row.values.get("start_date")})
    by_key: dict[str, list[Activity]] = {}
    by_id: dict[str, Activity] = {}
    for chunk in chunks(days):
        on_days = [date.fromisoformat(day) for day in chunk]
        for activity in db.session.scalars(
            select(Activity).where(Activity.start_date.in_(on_days), visible_to(viewer))
        ):
            day = activity.start_date.isoformat()
            key = _key(activity.title, day, activity.organisation_id)
            by_key.setdefault(key, []).append(activity)
    for chunk in chunks([row.record_id for row in rows if row.record_id]):
        for activity in db.session.scalars(
            select(Activity).where(Activity.id.in_(chunk), visible_to(viewer))
        ):
            by_id[activity.id] = activity
    meant = [
        [by_id[row.record_id]] if row.record_id in by_id else by_key.get(same(row.values), [])
        for row in rows
    ]
    together = _partners([one.id for each in meant for one in each])
    return [_stored(each, together, viewer) for each in meant]


def _partners(ids: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for chunk in chunks(list(dict.fromkeys(ids))):
        for activity_id, organisation_id in db.session.execute(
            select(Partner.activity_id, Partner.organisation_id)
            .where(Partner.activity_id.in_(chunk))
            .order_by(Partner.organisation_id)
        ):
            found.setdefault(activity_id, []).append(organisation_id)
    return found


def _stored(
    meant: Sequence[Activity], together: Mapping[str, list[str]], viewer: Viewer
) -> ImportStored | None:
    if not meant:
        return None
    if len(meant) > 1:
        return ImportStored(problem=ImportProblem("two_activities"))
    (activity,) = meant
    if not may_change(activity, viewer):
        return ImportStored(problem=ImportProblem("not_yours"))
    kept = as_kept(entry_of(activity, tuple(together.get(activity.id, ()))))
    return ImportStored(activity.id, _flat(kept))


def _flat(kept: Mapping[str, Any]) -> dict[str, Any]:
    """An entry as history keeps it, with each part of the people as a field of its own; lists in one order."""
    values = {name: value for name, value in kept.items() if name not in {"by_sex", "by_age"}}
    values |= {f"{_SEX}{code}": number for code, number in kept["by_sex"].items()}
    values |= {f"{_AGE}{code}": number for code, number in kept["by_age"].items()}
    for name in ("target_groups", "languages_used", "partners"):
        values[name] = sorted(values[name])
    if values["end_date"] is None:
        values["end_date"] = values["start_date"]
    return values


def _kept(values: Mapping[str, Any]) -> dict[str, Any]:
    """What :func:`_flat` made ``values`` from; what is not told is as in an empty form."""
    usual: dict[str, Any] = {
        "end_date": None, "start_time": None, "end_time": None, "description": "", "status": "",
        "level": "", "target_groups": [], "languages_used": [], "partners": [], "place": "",
        "place_sensitive": False, "mode": Mode.IN_PERSON.value, "participants": None,
        "attendances": None, "estimated": False, "expected": None, "budget_planned": None,
        "budget_spent": None, "currency": "EUR", "result": "", "worked": "", "not_worked": "",
        "objective": "", "funding": "", "visibility": Visibility.MEMBERS.value, "type": "other",
    }  # fmt: skip
    kept = {name: values.get(name, usual.get(name)) for name in FIELDS}
    for prefix, name in ((_SEX, "by_sex"), (_AGE, "by_age")):
        kept[name] = {
            code: values[f"{prefix}{code}"]
            for code in _PARTS[prefix]
            if values.get(f"{prefix}{code}") is not None
        }
    return kept


def _settled(values: Mapping[str, Any]) -> str:
    return settle_status(
        str(values.get("status") or ""),
        date.fromisoformat(values["start_date"]),
        str(values.get("result") or ""),
        today(),
    )


def check(
    values: Mapping[str, Any], _found: ImportStored | None, _viewer: Viewer
) -> Iterable[ImportProblem]:
    """Days and times in order, nothing held that lies ahead, and parts that do not exceed the whole."""
    start, end = values["start_date"], values.get("end_date") or values["start_date"]
    begin, until = values.get("start_time"), values.get("end_time")
    if end < start:
        yield ImportProblem("ends_first", "end_date")
    elif until and not begin:
        yield ImportProblem("begins_never", "start_time")
    elif begin and until and end == start and until < begin:
        yield ImportProblem("ends_first", "end_time")
    took_place = Status(_settled(values)).took_place
    if took_place and date.fromisoformat(start) > today():
        yield ImportProblem("held_ahead", "start_date")
    total = values.get("participants")
    for prefix, codes in _PARTS.items():
        parts = sum(values.get(f"{prefix}{code}") or 0 for code in codes)
        if parts and not took_place:
            yield ImportProblem("counted_ahead", "participants")
        elif total is not None and parts > total:
            yield ImportProblem("parts", "participants", {"parts": str(parts), "total": str(total)})
    attendances = values.get("attendances")
    if total is not None and attendances is not None and attendances < total:
        yield ImportProblem("attendances", "attendances")


def _even(values: dict[str, Any]) -> dict[str, Any]:
    """As the form does: parts make up the whole, what is left over is unknown, and nobody came to what lies ahead."""
    if not Status(_settled(values)).took_place:
        if values.get("participants") is not None:
            values["expected"] = values.get("expected") or values["participants"]
        return values | {"participants": None, "attendances": None}
    for prefix, codes in _PARTS.items():
        known = [code for code in codes if code != "unknown"]
        if not any(values.get(f"{prefix}{code}") is not None for code in known):
            continue
        parts = sum(values.get(f"{prefix}{code}") or 0 for code in known)
        if values.get("participants") is None:
            values["participants"] = parts
        values[f"{prefix}unknown"] = values["participants"] - parts
    return values


def write_rows(changes: Sequence[ImportChange], viewer: Viewer) -> None:
    """Write new activities and changed ones, each kind in few statements."""
    stored: dict[str, Activity] = {}
    ids = [change.id for change in changes if not change.new]
    for chunk in chunks(ids):
        for activity in db.session.scalars(
            select(Activity).where(Activity.id.in_(chunk)).with_for_update()
        ):
            stored[activity.id] = activity
    together = _partners(ids)
    texts: list[Activity] = []
    new: list[Activity] = []
    changed: list[tuple[Activity, dict[str, list[Any]]]] = []
    partners: list[Partner] = []
    for change in changes:
        if change.new:
            activity = _new(change, viewer)
            new.append(activity)
            texts.append(activity)
            partners += _partner_rows(activity, change.values.get("partners", ()))
            continue
        activity = stored[change.id]
        fields = _change(activity, change, tuple(together.get(change.id, ())), viewer)
        changed.append((activity, fields))
        if KEPT_FIELDS & set(fields):
            texts.append(activity)
        if "partners" in change.values:
            partners += _partner_rows(activity, change.values["partners"])
    for chunk in chunks([change.id for change in changes if "partners" in change.values]):
        db.session.execute(
            delete(Partner)
            .where(Partner.activity_id.in_(chunk))
            .execution_options(synchronize_session=False)
        )
    db.session.flush()
    db.session.add_all(partners)
    db.session.flush()
    keep_texts(texts, viewer)
    tell_changes(changed, viewer)
    tell_invited(changed)
    near = today() + REMINDERS_AHEAD
    follow([each.id for each in new if each.start_date <= near])


def _partner_rows(activity: Activity, ids: Iterable[str]) -> list[Partner]:
    return [
        Partner(id=new_id(), activity_id=activity.id, organisation_id=one)
        for one in sorted(set(ids) - {activity.organisation_id})
    ]


def _new(change: ImportChange, viewer: Viewer) -> Activity:
    entry = tidy(from_kept(_kept(_even(dict(change.values)))))
    entry = replace(entry, status=_settled(change.values))
    activity = Activity(
        id=change.id,
        uid=new_uid(),
        zone=current_city().zone,
        logged_by=viewer.membership_id,
        on_behalf=entry.organisation_id != viewer.organisation_id,
        translations={},
    )
    write(activity, entry)
    db.session.add(activity)
    return activity


def _change(
    activity: Activity, change: ImportChange, partners: tuple[str, ...], viewer: Viewer
) -> dict[str, list[Any]]:
    """Write what differs, with its history; returns the changed fields."""
    before = entry_of(activity, partners)
    values = {**change.before, **change.values}
    if change.values.get("start_date") and change.before["end_date"] == change.before["start_date"]:
        # An activity of one day moves as a whole.
        values["end_date"] = change.values.get("end_date", values["start_date"])
    after = tidy(from_kept(_kept(_even(values))))
    after = replace(after, status=_settled(values), place_sensitive=before.place_sensitive)
    changed = differences(before, after)
    if not changed:
        return changed
    write(activity, after)
    if activity.series_id is not None:
        activity.overrides = sorted({*activity.overrides, *changed})
    add_change(activity, viewer.membership_id, changed, way="import")
    # So that all changed rows share one statement.
    write_all(activity, **{name: getattr(activity, name) for name in _WRITTEN})
    return changed


_WRITTEN = (
    "title", "description", "language", "type", "status", "organisation_id", "level",
    "target_groups", "languages_used", "all_day", "wall_start", "wall_end", "start_date",
    "end_date", "start_utc", "end_utc", "place", "mode", "participants", "attendances", "expected",
    "by_sex", "by_age", "budget_planned", "budget_spent", "currency", "result", "worked",
    "not_worked", "objective", "funding", "visibility", "sort_key", "search_text", "overrides",
    "sequence", "version", "updated_at",
)  # fmt: skip

SPREADSHEET = TableImport(
    name="activities",
    title=_l("Import activities from a spreadsheet"),
    permission=Permission.IMPORT,
    list_endpoint="activities.index",
    list_title=_l("Activities"),
    recognised=_l(
        "A row means the activity that an earlier import gave the same reference, "
        "else the one of the same title, day "
        "and lead organisation. Rows of nothing known are new."
    ),
    fields=fields,
    called=called,
    same=same,
    find=find,
    check=check,
    write=write_rows,
    sentences={
        "two_activities": _l(
            "Two activities are called so on that day. Change it on the page of the activity."
        ),
        "not_yours": _l("This activity is here already, and you may not change it."),
        "begins_never": _l("Say also when it begins."),
        "held_ahead": _l(
            "The date lies ahead, so it cannot have been held. Correct the date or the status."
        ),
        "counted_ahead": _l(
            "People are counted once the activity has taken place. Leave this empty until then."
        ),
        "parts": _l(
            "The parts add up to %(parts)s, but %(total)s people came. Correct one of the numbers."
        ),
        "attendances": _l("There cannot be fewer attendances than people. Correct one of the two."),
    },
)

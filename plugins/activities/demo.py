"""A year of activities for the invented cities, in their languages. No person, place or case is real."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from sqlalchemy import insert, select

from core.api import (
    City,
    Membership,
    Partner,
    calendar_changed,
    db,
    index_many,
    new_id,
    notify,
    partners,
    today,
    utcnow,
)
from plugins.activities.demo_invitations import invite_some
from plugins.activities.demo_translations import keep_all
from plugins.activities.models import Activity, Series, new_uid
from plugins.activities.models import Partner as TookPart
from plugins.activities.permissions import MAY_LOG
from plugins.activities.services.access import ref_of
from plugins.activities.services.entries import Entry, settle_status, tidy, to_utc, write
from plugins.activities.services.telling import CHANGED, ask_for_reports, roll_reminders, when_of
from plugins.activities.services.texts import searchable_of
from plugins.activities.words import Status, Visibility

PAST, AHEAD = 330, 75
HOW_MANY = {"brezovo": 108, "almina": 50, "rivemont": 40}
OTHERWISE = 24


@dataclass(frozen=True, slots=True)
class Idea:
    """Something that organisations do again and again, with what comes of it."""

    type: str
    level: str
    groups: tuple[str, ...]
    sectors: tuple[str, ...]
    titles: tuple[str, ...]
    description: str
    results: tuple[str, ...]
    worked: str = ""
    not_worked: str = ""
    people: tuple[int, int] = (12, 40)
    clock: tuple[int, int] = (10, 2)


PLACES: Mapping[str, Sequence[str]] = {
    "mk": (
        "Средно училиште „Изворче“", "Дом на млади", "Месна заедница Долно Маало",
        "Градска библиотека", "Спортска сала „Езеро“", "Општина, сала 2", "Населба Бреза",
    ),
    "sq": (
        "Shkolla e mesme “Agimi”", "Qendra rinore", "Lagjja e Epërme", "Biblioteka e qytetit",
        "Salla e komunës", "Fusha sportive te ura",
    ),
    "sr": ("Дом културе", "Градска библиотека", "Насеље Брезик", "Дом младих"),
    "ar": (
        "ثانوية الميناء", "مركز الشباب", "حيّ الصيّادين", "المكتبة البلدية", "قاعة البلدية",
        "ملعب المرفأ",
    ),
    "fr": (
        "Lycée des Tilleuls", "Maison des associations", "Quartier des Coteaux", "Médiathèque",
        "Gymnase du Port", "Mairie, salle 3",
    ),
    "en": ("Community hall", "Media library", "Youth centre", "Harbour school"),
}  # fmt: skip

IDEAS: Mapping[str, Sequence[Idea]] = {
    "mk": (
        Idea(
            "media_literacy", "primary", ("adolescents_12_17", "teachers"), ("education", "youth_work"),
            ("Работилница за медиумска писменост", "Како се проверува вест: час со средношколци",
             "Говор на омраза на интернет: работилница"),
            "Учениците работат во мали групи: препознаваат измислена вест, ја наоѓаат првата објава и ја "
            "проверуваат сликата.",
            ("Секоја група провери по една вест што кружеше таа недела. Училиштето побара час и за родителите.",
             "Повеќето ученици за првпат сами проверија слика. Наставниците ги добија материјалите."),
            "Примери од локалните групи на социјалните мрежи.", "Еден час е кратко; потребни се два.",
            (18, 32), (10, 2),
        ),
        Idea(
            "training_frontline", "secondary", ("teachers", "school_staff", "social_workers"),
            ("social_services", "education", "mental_health"),
            ("Обука: да се слушне пред да се суди", "Обука за стручни служби во училиштата",
             "Обука за препознавање на осаменост и повлекување"),
            "Еднодневна обука за оние што секојдневно работат со млади: разговор, знаци што бараат грижа и кому да "
            "му се обратиме.",
            ("Учесниците изработија заеднички лист со контакти и се договорија за состанок на секои два месеци.",
             "Сите служби сега знаат кој е првиот контакт во општината."),
            "Вежбите со улоги.", "Полицијата не можеше да дојде; ќе се повтори на пролет.", (14, 26), (9, 6),
        ),
        Idea(
            "sport_culture", "primary", ("adolescents_12_17", "young_adults_18_29"),
            ("sport_culture", "youth_work", "local_government"),
            ("Турнир во мал фудбал меѓу населбите", "Ноќ на отворена сала", "Хор на две јазика: проба и настап"),
            "Мешани екипи од сите населби; судат постари ученици.",
            ("Играа дванаесет екипи, без ниту еден прекин. Три екипи побараа термин за зима.",
             "Салата беше полна. Младинскиот центар ги покани децата на работилниците во сабота."),
            "Мешаните екипи: никој не игра само со своето училиште.", "", (40, 90), (17, 3),
        ),
        Idea(
            "community_meeting", "primary", ("general_public", "community_leaders"),
            ("local_government", "civil_society", "police"),
            ("Разговор со жителите", "Кафе со полицијата во населбата", "Средба на месните заедници"),
            "Што ги мачи жителите и што може да се направи заедно во следните три месеци.",
            ("Запишани се единаесет прашања. За осветлувањето кај училиштето одговара општината до крајот на месецот.",
             "Дојдоа и луѓе што досега не доаѓале на состаноци. Следната средба ја водат самите жители."),
            "Без говорници на сцена, сите околу иста маса.", "Малку жени; следниот пат попладне.", (15, 45), (18, 2),
        ),
        Idea(
            "family_support_session", "secondary", ("parents",),
            ("social_services", "mental_health", "child_protection"),
            ("Школа за родители: разговор со тинејџер", "Советување за родители", "Вечер: што гледаат децата"),
            "Разговор во мал круг, со психолог и со искусни родители.",
            ("Родителите се договорија да се гледаат еднаш месечно и без нас.",
             "Шест семејства побараа и поединечен разговор."),
            "Кругот е мал, па се зборува отворено.", "", (8, 16), (18, 2),
        ),
        Idea(
            "interfaith_intercultural_dialogue", "primary", ("religious_leaders", "general_public"),
            ("faith_community", "civil_society"),
            ("Отворени врати на верските заедници", "Заедничка трпеза", "Разговор: што ни е заедничко"),
            "Верските заедници ги отвораат вратите; секој може да праша што никогаш не прашал.",
            ("Посетителите ги обиколија сите три храма. Учениците подготвија изложба од фотографиите.",
             "На трпезата седнаа луѓе од сите населби. Предлогот е да се повторува секоја година."),
            "Децата како водичи.", "", (35, 120), (16, 3),
        ),
        Idea(
            "mentoring_programme", "tertiary", ("young_adults_18_29",), ("civil_society", "employment"),
            ("Ментори за млади без работа", "Средба на менторите"),
            "Секој ментор работи со еден млад човек, најмалку шест месеци.",
            ("Сите парови продолжуваат. Двајца млади почнаа со практична работа.",),
            "", "Недостасуваат ментори што зборуваат албански.", (8, 18), (17, 2),
        ),
    ),
    "sq": (
        Idea(
            "school_programme", "primary", ("adolescents_12_17",), ("education", "youth_work"),
            ("Teatri forum kundër bullizmit", "Ora e klasës: fjalët që lëndojnë", "Klubi i debatit mes shkollave"),
            "Nxënësit luajnë një ndodhi të përditshme, ndërsa publiku e ndryshon fundin.",
            ("Klasat propozuan pesë mënyra për t’i dalë në krah atij që mbetet vetëm. Do të përsëritet në pranverë.",
             "Debatet u zhvilluan në dy gjuhë, me përkthim nga vetë nxënësit."),
            "Nxënësit e moshuar si drejtues.", "Salla ishte e vogël.", (30, 80), (11, 2),
        ),
        Idea(
            "youth_programme", "primary", ("adolescents_12_17", "young_adults_18_29"),
            ("youth_work", "sport_culture"),
            ("Punëtori e fotografisë: qyteti im", "Shkolla verore e vullnetarëve", "Mbrëmje kinemaje me bisedë"),
            "Të rinjtë nga të gjitha lagjet bëjnë diçka bashkë dhe e tregojnë në bibliotekë.",
            ("U hap një ekspozitë me dyzet fotografi. Grupi vazhdon të takohet çdo të premte.",
             "Njëmbëdhjetë të rinj u regjistruan si vullnetarë."),
            "", "Transporti nga fshatrat mbetet i vështirë.", (14, 34), (17, 2),
        ),
        Idea(
            "women_led_initiative", "primary", ("women", "parents"), ("civil_society", "social_services"),
            ("Rrethi i nënave", "Gratë për lagjen: takim pune"),
            "Nënat bisedojnë për fëmijët, shkollën dhe internetin; nisma është e tyre.",
            ("Rrethi zgjodhi tri tema për muajt që vijnë dhe kërkoi një mjeke për takimin e ardhshëm.",),
            "Kujdesi për fëmijët gjatë takimit.", "", (10, 24), (16, 2),
        ),
        Idea(
            "training_frontline", "secondary", ("police", "municipal_staff"), ("police", "local_government"),
            ("Trajnim: policia në bashkësi dhe të rinjtë", "Trajnim për punonjësit e komunës"),
            "Si flitet me të rinjtë në rrugë, dhe kur thirret kush.",
            ("Pjesëmarrësit shkruan një kartë xhepi me numrat e të gjitha shërbimeve.",),
            "Të rinjtë morën pjesë si trajnues.", "", (12, 22), (9, 5),
        ),
        Idea(
            "vocational_employment", "secondary", ("young_adults_18_29",), ("employment", "civil_society"),
            ("Ditë e hapur për punë dhe zanate", "Kurs: si shkruhet një kërkesë për punë"),
            "Të rinjtë takojnë punëdhënës dhe mjeshtra të qytetit.",
            ("Shtatë të rinj u ftuan për praktikë.",), "", "", (20, 55), (10, 4),
        ),
    ),
    "sr": (
        Idea(
            "exhibition_festival", "primary", ("general_public",), ("sport_culture", "civil_society"),
            ("Изложба: улица у којој смо одрасли", "Вече приповедања на три језика"),
            "Старији суграђани причају, а млади бележе.",
            ("Приче су сада у библиотеци, на сва три језика.", "Изложба остаје отворена још месец дана."),
            "", "", (25, 70), (18, 2),
        ),
        Idea(
            "peer_exchange_study_visit", "cross_cutting", ("municipal_staff", "civil_society"),
            ("local_government", "civil_society"),
            ("Размена искустава са суседном општином", "Посета дому младих у суседном граду"),
            "Како раде други и шта можемо да преузмемо.",
            ("Преузели смо њихов образац за прво обраћање и прилагодили га.",), "", "", (8, 14), (9, 7),
        ),
    ),
    "ar": (
        Idea(
            "media_literacy", "primary", ("adolescents_12_17", "teachers"), ("education", "youth_work"),
            ("ورشة التربية الإعلامية", "كيف نتحقق من خبر متداول", "ورشة: صورة واحدة وحكايات كثيرة"),
            "يعمل الطلاب في مجموعات صغيرة على خبر متداول: من نشره أولًا، وهل الصورة من مكانها وزمانها.",
            ("ناقش الطلاب كيف يتحققون من خبر متداول. طلبت المدرسة جلسة ثانية للأهل.",
             "تحقّقت كل مجموعة من خبر واحد وعرضت ما وجدته أمام الصف."),
            "الأمثلة من صفحات الحيّ نفسه.", "الوقت قصير، وتلزم جلستان.", (18, 34), (10, 2),
        ),
        Idea(
            "sport_culture", "primary", ("adolescents_12_17", "young_adults_18_29"), ("sport_culture", "youth_work"),
            ("بطولة كرة القدم بين الأحياء", "يوم رياضي مفتوح على الشاطئ", "جدارية «بيتنا الواحد»"),
            "فرق مختلطة من كل الأحياء، والتحكيم لطلاب أكبر سنًا.",
            ("شاركت عشر فرق ولم تتوقف أي مباراة. طلبت ثلاثة أحياء موعدًا شهريًا.",
             "بقيت الجدارية في مدخل الحيّ، ووقّع عليها أطفال المدرستين."),
            "الفرق المختلطة.", "", (40, 95), (16, 3),
        ),
        Idea(
            "family_support_session", "secondary", ("parents", "women"), ("social_services", "mental_health"),
            ("لقاء الأهل: كيف نصغي إلى المراهق", "جلسة دعم أسري", "دائرة الأمهات"),
            "جلسة صغيرة مع اختصاصية نفسية، يتحدث فيها الأهل من دون أحكام.",
            ("اتفق المشاركون على لقاء شهري في المكتبة.", "طلبت خمس أسر موعدًا خاصًا."),
            "العدد القليل شجّع على الكلام.", "", (9, 20), (17, 2),
        ),
        Idea(
            "training_frontline", "secondary", ("teachers", "social_workers"), ("education", "social_services"),
            ("تدريب المعلمين على الإصغاء", "تدريب العاملين في الخط الأول", "تدريب: متى نستشير ومَن"),
            "يوم تدريبي لمن يعملون مع الشباب: الإصغاء، وما يستدعي العناية، ومَن نستشير.",
            ("وضع المشاركون ورقة واحدة بأرقام الجهات كلها.", "ستُعاد الورشة في المدرستين الباقيتين."),
            "تمثيل الأدوار.", "لم يحضر أحد من القطاع الصحي.", (14, 26), (9, 6),
        ),
        Idea(
            "community_meeting", "primary", ("general_public", "community_leaders"),
            ("local_government", "police", "civil_society"),
            ("لقاء الشباب مع الشرطة المجتمعية", "لقاء أهل الحيّ", "جلسة استماع في البلدية"),
            "ما يشغل الأهالي، وما يمكن إنجازه معًا خلال ثلاثة أشهر.",
            ("سُجّلت تسعة أسئلة، وتجيب البلدية عنها قبل آخر الشهر.", "حضر شباب لم يحضروا من قبل."),
            "", "حضور النساء قليل؛ الموعد المقبل بعد الظهر.", (18, 45), (18, 2),
        ),
        Idea(
            "youth_programme", "primary", ("adolescents_12_17",), ("youth_work", "sport_culture", "faith_community"),
            ("نادي القراءة المسائي", "مخيّم الخريف للتطوّع", "مسرح تفاعلي عن التنمّر"),
            "نشاط يقوده الشباب أنفسهم، مفتوح لكل المدارس.",
            ("اختار المشاركون موضوع الفصل المقبل.", "سجّل اثنا عشر شابًا وشابة أسماءهم للتطوّع."),
            "", "", (14, 60), (17, 2),
        ),
    ),
    "fr": (
        Idea(
            "media_literacy", "primary", ("adolescents_12_17", "teachers"), ("education", "youth_work"),
            ("Atelier d’éducation aux médias", "Vérifier une rumeur en une heure", "Club presse des collégiens"),
            "Par petits groupes, les élèves remontent à la première publication d’une rumeur et vérifient l’image.",
            ("Chaque groupe a présenté sa vérification. L’établissement demande une séance pour les parents.",
             "Les élèves ont publié trois vérifications sur le site de la ville."),
            "Partir d’exemples locaux.", "Une heure ne suffit pas.", (18, 32), (10, 2),
        ),
        Idea(
            "family_support_session", "secondary", ("parents", "adolescents_12_17"),
            ("social_services", "mental_health", "civil_society"),
            ("Cercle de parole : parents et adolescents", "Café des parents", "Parler des écrans en famille"),
            "Un temps d’échange en petit groupe, avec une psychologue.",
            ("Les parents ont choisi de se revoir chaque mois.", "Quatre familles ont demandé un entretien."),
            "Le petit nombre.", "", (8, 20), (18, 2),
        ),
        Idea(
            "sport_culture", "primary", ("young_adults_18_29", "adolescents_12_17"), ("sport_culture", "youth_work"),
            ("Tournoi inter-quartiers", "Chantier de fresque", "Scène ouverte"),
            "Des équipes mélangées, arbitrées par des jeunes formés cet hiver.",
            ("Quatorze équipes, aucun incident. Deux quartiers proposent d’organiser le prochain.",
             "La fresque reste sur le mur du gymnase."),
            "Mélanger les équipes par tirage au sort.", "", (35, 90), (15, 4),
        ),
        Idea(
            "training_frontline", "secondary", ("municipal_staff", "social_workers", "police"),
            ("local_government", "social_services", "police"),
            ("Formation : écouter avant de juger", "Formation des agents d’accueil", "Journée des professionnels"),
            "Qui fait quoi, à qui s’adresser, et comment parler d’une inquiétude sans étiqueter.",
            ("Une fiche commune des contacts est née de la journée.", "Le groupe se retrouvera tous les deux mois."),
            "Les mises en situation.", "Peu de soignants disponibles.", (14, 28), (9, 7),
        ),
        Idea(
            "community_meeting", "primary", ("general_public",),
            ("local_government", "civil_society", "faith_community"),
            ("Rencontre des habitants", "Repas de quartier", "Visite croisée des lieux de culte"),
            "Écouter ce qui préoccupe, et choisir ensemble une chose à faire d’ici trois mois.",
            ("Neuf questions notées ; la mairie répond avant la fin du mois.",
             "Beaucoup de nouveaux visages. La prochaine rencontre sera animée par les habitants."),
            "", "", (20, 80), (18, 2),
        ),
        Idea(
            "mentoring_programme", "tertiary", ("young_adults_18_29",), ("employment", "civil_society", "justice"),
            ("Parrainage vers l’emploi", "Réunion des parrains et marraines"),
            "Chaque jeune est suivi par une personne bénévole pendant six mois au moins.",
            ("Tous les binômes continuent ; deux jeunes ont commencé un stage.",), "", "", (8, 16), (17, 2),
        ),
    ),
    "en": (
        Idea(
            "coordination", "cross_cutting", ("civil_society", "municipal_staff"),
            ("local_government", "civil_society"),
            ("Planning session with the partners", "Reading the year’s figures together"),
            "What each of us plans, where we overlap, and who is missing.",
            ("Two partners will share a trainer; the school calendar is agreed.",), "", "", (9, 18), (10, 2),
        ),
        Idea(
            "peer_exchange_study_visit", "cross_cutting", ("municipal_staff",), ("local_government",),
            ("Online exchange with a sister city", "Study visit: what a youth house can be"),
            "An hour with colleagues elsewhere who have tried what we plan.",
            ("We keep their way of inviting parents, and leave out the prize.",), "", "", (7, 15), (14, 2),
        ),
    ),
}  # fmt: skip

# How often each language of a city is written in.
SHARES: Mapping[str, Mapping[str, int]] = {
    "brezovo": {"mk": 64, "sq": 36, "sr": 8},
    "almina": {"ar": 40, "fr": 10},
    "rivemont": {"fr": 34, "en": 6},
}
CURRENCY_SCALE = {"MKD": 60, "LBP": 90000, "JOD": 1, "EUR": 1, "RSD": 117, "ALL": 100, "TRY": 40}


def seed(city: City) -> None:
    """Fill the city in force; does nothing when it has activities already."""
    if db.session.scalar(select(Activity.id).limit(1)) is not None:
        return
    dice = random.Random(f"activities of {city.slug}")  # noqa: S311  the demo is the same everywhere
    organisations = [each for each in partners(city.default_language) if each.active]
    if not organisations:
        return
    writers: dict[str | None, list[str]] = {}
    for membership_id, organisation_id, roles in db.session.execute(
        select(Membership.id, Membership.organisation_id, Membership.roles)
        .where(Membership.active.is_(True))
        .order_by(Membership.sort_key, Membership.id)
    ):
        if MAY_LOG & set(roles):
            writers.setdefault(organisation_id, []).append(membership_id)
    maker = _Maker(city, dice, organisations, writers, today())
    maker.fill(HOW_MANY.get(city.slug, OTHERWISE))
    maker.weekly()
    maker.unreported(
        db.session.scalars(
            select(Membership.organisation_id)
            .where(Membership.person.has(demo=True), Membership.organisation_id.is_not(None))
            .distinct()
            .order_by(Membership.organisation_id)
        ).all()
    )
    maker.store()
    invite_some(city, dice, today())
    _tell(maker, [member for members in writers.values() for member in members])


def _tell(maker: "_Maker", members: Sequence[str]) -> None:
    """Something to read behind the bell: what is coming was moved or cancelled, and reports are waited for."""
    coming = sorted(
        (
            row
            for row in maker.rows
            if row["start_date"] > maker.today and row["visibility"] == Visibility.MEMBERS
        ),
        key=lambda row: (row["start_utc"], row["id"]),
    )
    for row in coming[:4]:
        notify(
            CHANGED,
            members,
            subject=ref_of(row["id"]),
            facts=when_of(SimpleNamespace(**row))
            | {"status": row["status"], "again": False, "dates": 1},
        )
    roll_reminders(maker.today)
    ask_for_reports(maker.today)


class _Maker:
    """Makes the rows of one city."""

    def __init__(
        self,
        city: City,
        dice: random.Random,
        organisations: list[Partner],
        writers: Mapping[str | None, list[str]],
        day: date,
    ) -> None:
        self.city = city
        self.dice = dice
        self.organisations = organisations
        self.writers = writers
        self.today = day
        self.rows: list[dict[str, Any]] = []
        self.partners: list[dict[str, Any]] = []
        own = [code for code in city.languages if code in IDEAS] or ["en"]
        self.shares = dict(SHARES.get(city.slug, {own[0]: 4, own[-1]: 1}))
        self.currency = {
            "MK": "MKD",
            "LB": "LBP",
            "JO": "JOD",
            "RS": "RSD",
            "AL": "ALL",
            "TR": "TRY",
        }.get(city.country, "EUR")

    def fill(self, number: int) -> None:
        """So many single activities, over the year and some weeks ahead."""
        span = PAST + AHEAD
        for index in range(number):
            days = -PAST + (index * span) // number + self.dice.randint(-2, 2)
            day = self.today + timedelta(days=days)
            # Work happens from Monday to Saturday; Friday is the day of rest where the week says so.
            rest = 4 if self.city.country == "JO" else 6
            if day.weekday() == rest:
                day += timedelta(days=1)
            language = self.dice.choices(list(self.shares), list(self.shares.values()))[0]
            self.single(self.dice.choice(IDEAS[language]), language, day)

    def single(self, idea: Idea, language: str, day: date) -> None:
        """One activity on one day."""
        dice = self.dice
        lead = self._lead(idea)
        hour, hours = idea.clock
        allday = dice.random() < 0.06
        status = ""
        if day > self.today:
            status = dice.choices(["", "postponed", "cancelled"], [14, 1, 1])[0]
        elif dice.random() < 0.1:
            status = dice.choice(["cancelled", "postponed"])
        elif day > self.today - timedelta(days=21) and dice.random() < 0.4:
            # Lately held, and nobody has written the result yet; or nobody has said whether it was held.
            status = dice.choice(["held", "held", "planned"])
        took_place = status == "held" or (not status and day <= self.today)
        reported = took_place and status != "held"
        people = dice.randint(*idea.people)
        budget = Decimal(dice.randint(6, 60) * 10 * CURRENCY_SCALE.get(self.currency, 1))
        entry = Entry(
            title=dice.choice(idea.titles),
            type=idea.type,
            start_date=day,
            organisation_id=lead.id,
            language=language,
            start_time=None
            if allday
            else time(hour + dice.choice([0, 0, 1]), dice.choice([0, 0, 30])),
            end_date=day + timedelta(days=1) if allday and dice.random() < 0.5 else None,
            description=idea.description,
            status=status,
            level=idea.level,
            target_groups=idea.groups,
            languages_used=tuple(dict.fromkeys([language, dice.choice(list(self.shares))])),
            partners=self._with(lead, dice.choice([0, 1, 1, 2, 3])),
            place=dice.choice(PLACES[language]),
            place_sensitive=idea.level == "tertiary",
            mode="online" if "Online" in idea.titles[0] and dice.random() < 0.5 else "in_person",
            participants=people if took_place else None,
            attendances=people + dice.randint(0, people)
            if reported and dice.random() < 0.3
            else None,
            estimated=took_place and idea.people[1] > 60,
            expected=round(people, -1) or 10,
            by_sex=self._parts(people, ("female", "male")) if reported else {},
            by_age=self._ages(idea, people) if reported and dice.random() < 0.6 else {},
            budget_planned=budget if dice.random() < 0.6 else None,
            budget_spent=(budget * dice.randint(80, 105) / 100).quantize(Decimal(1))
            if reported
            else None,
            currency=self.currency,
            result=dice.choice(idea.results) if reported else "",
            worked=idea.worked if reported else "",
            not_worked=idea.not_worked if reported and dice.random() < 0.7 else "",
            visibility=(
                Visibility.ORGANISATION.value if dice.random() < 0.07 else Visibility.MEMBERS.value
            ),
        )
        if entry.start_time is not None:
            end = (datetime.combine(day, entry.start_time) + timedelta(hours=hours)).time()
            entry = replace(entry, end_time=end)
        self._add(entry)

    def weekly(self) -> None:
        """A club that meets every week: reported, once cancelled, once elsewhere, and the last time not told of."""
        clubs = {
            "mk": (
                "Читателски клуб", "Градска библиотека", "Дом на млади",
                "Прочитавме три раскази. Следниот избираат учесниците.",
            ),
            "ar": (
                "نادي القراءة المسائي", "المكتبة البلدية", "مركز الشباب",
                "قرأنا ثلاث قصص قصيرة، والقصة المقبلة يختارها المشاركون.",
            ),
            "fr": (
                "Club de lecture du jeudi", "Médiathèque", "Maison des associations",
                "Trois nouvelles lues ensemble ; la prochaine est choisie par les jeunes.",
            ),
        }  # fmt: skip
        language = next((code for code in self.shares if code in clubs), None)
        if language is None:
            return
        title, place, elsewhere, result = clubs[language]
        writing = [each for each in self.organisations if each.id in self.writers]
        lead = self.dice.choice(writing) if writing else self._lead(IDEAS[language][0])
        first = self.today - timedelta(weeks=12)
        first += timedelta(days=(3 - first.weekday()) % 7)
        start = datetime.combine(first, time(18))
        series = Series(
            id=new_id(),
            organisation_id=lead.id,
            rule="FREQ=WEEKLY;COUNT=20",
            zone=self.city.zone,
            wall_start=start,
            wall_end=start + timedelta(minutes=90),
            filled_until=first + timedelta(weeks=19),
        )
        db.session.add(series)
        db.session.flush()
        idea = next(
            each for each in IDEAS[language] if each.type in {"youth_programme", "media_literacy"}
        )
        partners = self._with(lead, 1)
        last = max(week for week in range(20) if first + timedelta(weeks=week) <= self.today)
        for week in range(20):
            day = first + timedelta(weeks=week)
            took_place = week <= last
            skipped, moved = week in {6, 15}, week == 14
            told = result if took_place and week < last - 1 and not skipped else ""
            entry = Entry(
                title=title,
                type="youth_programme",
                start_date=day,
                organisation_id=lead.id,
                language=language,
                start_time=time(18),
                end_time=time(19, 30),
                description=idea.description,
                status=Status.CANCELLED.value
                if skipped
                else "held"
                if took_place and not told
                else "",
                level="primary",
                target_groups=("adolescents_12_17", "young_adults_18_29"),
                languages_used=(language,),
                partners=partners,
                place=elsewhere if moved else place,
                participants=self.dice.randint(9, 17) if took_place and not skipped else None,
                expected=15,
                result=told,
                currency=self.currency,
                visibility=Visibility.MEMBERS.value,
            )
            key = datetime.combine(day, time(18)).isoformat()
            self._add(entry, series_id=series.id, occurrence_key=key)
            if skipped or moved:
                self.rows[-1]["overrides"] = ["status"] if skipped else ["place"]

    def unreported(self, organisations: Sequence[str | None]) -> None:
        """For each who can sign in here, something that was held last week and not told of yet."""
        language = max(self.shares, key=lambda code: self.shares[code])
        for number, organisation in enumerate(organisations):
            idea = IDEAS[language][number % len(IDEAS[language])]
            hour, hours = idea.clock
            self._add(
                Entry(
                    title=idea.titles[-1],
                    type=idea.type,
                    start_date=self.today - timedelta(days=4 + number % 5),
                    organisation_id=organisation or "",
                    language=language,
                    start_time=time(hour),
                    end_time=time(hour + hours),
                    description=idea.description,
                    status=Status.HELD.value,
                    level=idea.level,
                    target_groups=idea.groups,
                    languages_used=(language,),
                    place=PLACES[language][number % len(PLACES[language])],
                    place_sensitive=idea.level == "tertiary",
                    expected=idea.people[0],
                    currency=self.currency,
                )
            )

    def _lead(self, idea: Idea) -> Partner:
        fitting = [each for each in self.organisations if each.sector in idea.sectors]
        return self.dice.choice(fitting or self.organisations)

    def _with(self, lead: Partner, number: int) -> tuple[str, ...]:
        others = [each.id for each in self.organisations if each.id != lead.id]
        return tuple(self.dice.sample(others, min(number, len(others))))

    def _parts(self, people: int, codes: tuple[str, str]) -> dict[str, int]:
        first = round(people * self.dice.uniform(0.4, 0.65))
        unknown = self.dice.choice([0, 0, 0, 1, 2]) if people - first > 3 else 0
        return {codes[0]: first, codes[1]: people - first - unknown, "unknown": unknown}

    def _ages(self, idea: Idea, people: int) -> dict[str, int]:
        young = {
            "adolescents_12_17": "12_17",
            "young_adults_18_29": "18_29",
            "children_0_11": "0_11",
        }
        band = next((young[code] for code in idea.groups if code in young), "30_64")
        most = round(people * self.dice.uniform(0.6, 0.85))
        other = "18_29" if band == "30_64" else "30_64"
        return {band: most, other: people - most, "unknown": 0}

    def _add(self, entry: Entry, **more: Any) -> None:
        entry = tidy(entry)
        status = settle_status(entry.status, entry.start_date, entry.result, self.today)
        own = self.writers.get(entry.organisation_id)
        anybody = [identifier for each in self.writers.values() for identifier in each]
        writer = self.dice.choice(own or anybody) if anybody else None
        logged = self._moment(entry)
        activity = Activity(
            id=new_id(),
            city_id=self.city.id,
            uid=new_uid(),
            zone=self.city.zone,
            logged_by=writer,
            on_behalf=own is None,
            translations={},
            created_at=logged,
            updated_at=logged,
        )
        write(activity, replace(entry, status=status))
        row = {
            column.key: getattr(activity, column.key)
            for column in Activity.__table__.columns
            if getattr(activity, column.key) is not None
        }
        empty: dict[str, Any] = {
            "wall_end": None, "participants": None, "attendances": None, "expected": None,
            "budget_planned": None, "budget_spent": None, "logged_by": None,
            "series_id": None, "occurrence_key": None, "overrides": [],
        }  # fmt: skip
        self.rows.append(empty | row | more)
        self.partners += [
            {
                "id": new_id(),
                "city_id": self.city.id,
                "activity_id": activity.id,
                "organisation_id": each,
                "role": "partner",
            }
            for each in entry.partners
        ]

    def _moment(self, entry: Entry) -> datetime:
        """When it was logged: soon after its date, or some weeks ahead of it; never in the future."""
        ahead = entry.start_date > self.today
        day = (
            self.today - timedelta(days=self.dice.randint(2, 60))
            if ahead
            else min(entry.start_date + timedelta(days=self.dice.randint(0, 6)), self.today)
        )
        moment = datetime.combine(day, time(self.dice.randint(6, 17), self.dice.randint(0, 59)))
        now = utcnow() - timedelta(minutes=self.dice.randint(1, 300))
        return min(to_utc(moment, self.city.zone), now)

    def store(self) -> None:
        """Write all of it at once."""
        db.session.execute(insert(Activity), self.rows)
        index_many(searchable_of(row) for row in self.rows)
        keep_all(self.rows, self.city)
        if self.partners:
            db.session.execute(insert(TookPart), self.partners)
        calendar_changed()
        db.session.flush()

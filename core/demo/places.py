"""The three invented cities of the demo, and the organisations in them. No place, body or name here is real."""

from dataclasses import dataclass, field
from typing import Any

Names = dict[str, str]


@dataclass(frozen=True, slots=True)
class DemoCity:
    """A city, its languages, and what its three quarters are called."""

    slug: str
    names: Names
    body_names: Names
    official: tuple[str, ...]
    working: tuple[str, ...]
    zone: str
    country: str
    accent: tuple[str, str]
    quarters: tuple[Names, Names, Names]
    phone: str
    languages: tuple[str, ...] = field(default=())

    def facts(self) -> dict[str, Any]:
        """The columns of the city."""
        return {
            "body_names": self.body_names,
            "default_language": self.official[0],
            "official_languages": list(self.official),
            "working_languages": list(self.working),
            "zone": self.zone,
            "country": self.country,
            "accent_light": self.accent[0],
            "accent_dark": self.accent[1],
            "arms": self.slug,
        }


BREZOVO = DemoCity(
    slug="brezovo",
    names={"mk": "Брезово", "sq": "Brezova", "sr": "Брезово", "en": "Brezovo"},
    body_names={
        "mk": "Локален совет за превенција",
        "sq": "Këshilli lokal i parandalimit",
        "sr": "Локални савет за превенцију",
        "en": "Local prevention council",
    },
    official=("mk", "sq"),
    working=("sr", "en"),
    zone="Europe/Skopje",
    country="MK",
    accent=("#1f6552", "#86cdb6"),
    quarters=(
        {
            "mk": "Горно Маало",
            "sq": "Mëhalla e Epërme",
            "sr": "Горња Махала",
            "en": "Upper Quarter",
        },
        {
            "mk": "Стара чаршија",
            "sq": "Çarshia e Vjetër",
            "sr": "Стара чаршија",
            "en": "Old Bazaar",
        },
        {"mk": "Крај река", "sq": "Pranë lumit", "sr": "Крај реке", "en": "Riverside"},
    ),
    phone="+389 2 555 01",
    languages=("mk", "sq", "sr", "en"),
)
ALMINA = DemoCity(
    slug="almina",
    names={"ar": "المينا", "fr": "Almina", "en": "Almina"},
    body_names={
        "ar": "شبكة الوقاية المحلية",
        "fr": "Réseau local de prévention",
        "en": "Local prevention network",
    },
    official=("ar",),
    working=("fr", "en"),
    zone="Asia/Beirut",
    country="LB",
    accent=("#1c5a8a", "#92c7ee"),
    quarters=(
        {"ar": "حيّ الميناء", "fr": "quartier du Port", "en": "Harbour"},
        {"ar": "السوق القديم", "fr": "Vieux Souk", "en": "Old Souk"},
        {"ar": "حيّ التلّة", "fr": "quartier de la Colline", "en": "Hillside"},
    ),
    phone="+961 1 555 01",
    languages=("ar", "fr", "en"),
)
RIVEMONT = DemoCity(
    slug="rivemont",
    names={"fr": "Rivemont", "en": "Rivemont"},
    body_names={
        "fr": "Cellule pour l’accompagnement et la prévention",
        "en": "Support and prevention unit",
    },
    official=("fr",),
    working=("en",),
    zone="Europe/Paris",
    country="FR",
    accent=("#5d4a98", "#c0b3ef"),
    quarters=(
        {"fr": "Les Tilleuls", "en": "Les Tilleuls"},
        {"fr": "Quai Nord", "en": "Quai Nord"},
        {"fr": "Haute-Ville", "en": "Haute-Ville"},
    ),
    phone="+33 1 99 00 55",
    languages=("fr", "en"),
)
CITIES = (BREZOVO, ALMINA, RIVEMONT)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of organisation that each city has. ``{q}`` stands for a quarter of the city."""

    names: Names
    quarter: int = 0
    levels: tuple[str, ...] = ("primary",)
    services: tuple[str, ...] = ()


def _kind(
    en: str, fr: str, ar: str, mk: str, sq: str, sr: str, *, quarter: int = 0,
    levels: str = "primary", services: str = "",
) -> Kind:  # fmt: skip
    names = {"en": en, "fr": fr, "ar": ar, "mk": mk, "sq": sq, "sr": sr}
    return Kind(names, quarter, tuple(levels.split()), tuple(services.split()))


KINDS: dict[str, tuple[Kind, Kind, Kind]] = {
    "local_government": (
        _kind("Municipality, community affairs", "Mairie, vie des quartiers", "البلدية، شؤون المجتمع",
              "Општина, одделение за заедници", "Komuna, sektori për komunitete", "Општина, одељење за заједнице",
              levels="cross_cutting", services="mediation"),
        _kind("Equal opportunities office", "Mission égalité des chances", "مكتب تكافؤ الفرص",
              "Канцеларија за еднакви можности", "Zyra për mundësi të barabarta", "Канцеларија за једнаке могућности",
              services="legal_advice"),
        _kind("Citizens’ desk, {q}", "Maison des services, {q}", "مكتب خدمة المواطنين، {q}",
              "Месна заедница, {q}", "Bashkësia vendore, {q}", "Месна заједница, {q}", quarter=2,
              services="benefits housing"),
    ),
    "education": (
        _kind("Primary school, {q}", "École primaire, {q}", "المدرسة الابتدائية، {q}",
              "Основно училиште, {q}", "Shkolla fillore, {q}", "Основна школа, {q}", services="education"),
        _kind("General secondary school", "Lycée général", "الثانوية العامة",
              "Гимназија", "Gjimnazi", "Гимназија", services="education online_safety"),
        _kind("Vocational school", "Lycée professionnel", "المدرسة المهنية",
              "Средно стручно училиште", "Shkolla e mesme profesionale", "Средња стручна школа",
              services="education employment"),
    ),
    "social_services": (
        _kind("Centre for social work", "Centre communal d’action sociale", "مركز الخدمات الاجتماعية",
              "Центар за социјална работа", "Qendra për punë sociale", "Центар за социјални рад",
              levels="secondary tertiary", services="family_counselling benefits housing"),
        _kind("Family advice bureau", "Point info famille", "مكتب إرشاد الأسرة",
              "Советувалиште за семејства", "Këshillimorja për familje", "Саветовалиште за породице",
              levels="primary secondary", services="family_counselling"),
        _kind("Day centre, {q}", "Accueil de jour, {q}", "مركز الاستقبال النهاري، {q}",
              "Дневен центар, {q}", "Qendra ditore, {q}", "Дневни центар, {q}", quarter=2, services="housing"),
    ),
    "child_protection": (
        _kind("Child protection office", "Service de protection de l’enfance", "مكتب حماية الطفل",
              "Служба за заштита на деца", "Shërbimi për mbrojtjen e fëmijëve", "Служба за заштиту деце",
              levels="secondary tertiary", services="family_counselling"),
        _kind("Children’s helpline", "Allô écoute enfants", "خطّ مساندة الأطفال",
              "Детска телефонска линија", "Linja telefonike për fëmijë", "Дечја телефонска линија",
              services="psychological_support"),
        _kind("Foster families’ association", "Association des familles d’accueil", "جمعية الأسر الحاضنة",
              "Здружение на згрижувачки семејства", "Shoqata e familjeve kujdestare",
              "Удружење хранитељских породица", levels="secondary", services="family_counselling"),
    ),
    "health": (
        _kind("Health centre, {q}", "Centre de santé, {q}", "المركز الصحي، {q}",
              "Здравствен дом, {q}", "Shtëpia e shëndetit, {q}", "Дом здравља, {q}", quarter=1),
        _kind("General hospital", "Centre hospitalier", "المستشفى العام",
              "Општа болница", "Spitali i përgjithshëm", "Општа болница", levels="secondary tertiary"),
        _kind("School health service", "Service de santé scolaire", "خدمة الصحة المدرسية",
              "Училишна здравствена служба", "Shërbimi shëndetësor shkollor", "Школска здравствена служба",
              services="psychological_support"),
    ),
    "mental_health": (
        _kind("Community mental health centre", "Centre médico-psychologique", "مركز الصحة النفسية",
              "Центар за ментално здравје", "Qendra për shëndet mendor", "Центар за ментално здравље",
              levels="secondary tertiary", services="psychological_support"),
        _kind("Counselling for young people", "Maison des adolescents", "إرشاد نفسي للشباب",
              "Советувалиште за млади", "Këshillimorja për të rinj", "Саветовалиште за младе",
              levels="secondary", services="psychological_support mentoring"),
        _kind("Addiction clinic", "Centre de soins en addictologie", "عيادة علاج الإدمان",
              "Центар за зависности", "Qendra për varësi", "Центар за зависности",
              levels="secondary tertiary", services="substance_support"),
    ),
    "police": (
        _kind("Police station, {q}", "Commissariat, {q}", "مخفر الشرطة، {q}",
              "Полициска станица, {q}", "Stacioni policor, {q}", "Полицијска станица, {q}", quarter=1,
              levels="secondary tertiary"),
        _kind("Community policing", "Police de proximité", "الشرطة المجتمعية",
              "Полиција во заедницата", "Policimi në bashkësi", "Полиција у заједници",
              levels="primary secondary", services="mediation"),
        _kind("Youth officers", "Brigade des mineurs", "ضبّاط شؤون الأحداث",
              "Инспектори за малолетници", "Inspektorët për të mitur", "Инспектори за малолетнике",
              levels="secondary"),
    ),
    "justice": (
        _kind("Basic court", "Tribunal judiciaire", "المحكمة الابتدائية",
              "Основен суд", "Gjykata themelore", "Основни суд", levels="tertiary"),
        _kind("Probation service", "Service de probation", "خدمة المراقبة والتأهيل",
              "Служба за пробација", "Shërbimi i provës", "Служба за пробацију",
              levels="tertiary", services="exit_programme mentoring"),
        _kind("Legal aid office", "Maison de justice et du droit", "مكتب المساعدة القانونية",
              "Канцеларија за правна помош", "Zyra për ndihmë juridike", "Канцеларија за правну помоћ",
              services="legal_advice victim_support"),
    ),
    "youth_work": (
        _kind("Youth centre, {q}", "Maison des jeunes, {q}", "مركز الشباب، {q}",
              "Младински центар, {q}", "Qendra rinore, {q}", "Омладински центар, {q}", quarter=1,
              levels="primary secondary", services="leisure mentoring"),
        _kind("Youth council", "Conseil des jeunes", "مجلس الشباب",
              "Совет на млади", "Këshilli rinor", "Савет младих", services="dialogue leisure"),
        _kind("Street work team", "Équipe de rue", "فريق العمل في الشارع",
              "Тим за улична работа", "Ekipi i punës në rrugë", "Тим за рад на улици",
              levels="secondary", services="mentoring mediation"),
    ),
    "faith_community": (
        _kind("Mosque community, {q}", "Communauté de la mosquée, {q}", "جماعة المسجد، {q}",
              "Џематот, {q}", "Xhemati, {q}", "Џемат, {q}", quarter=1, services="dialogue"),
        _kind("Parish, {q}", "Paroisse, {q}", "الرعيّة، {q}",
              "Парохија, {q}", "Famullia, {q}", "Парохија, {q}", quarter=2, services="dialogue"),
        _kind("Interfaith round table", "Table ronde interreligieuse", "طاولة الحوار بين الأديان",
              "Меѓурелигиска тркалезна маса", "Tryeza ndërfetare", "Међурелигијски округли сто",
              services="dialogue mediation"),
    ),
    "civil_society": (
        _kind("Women’s association “Bridge”", "Association de femmes « Le Pont »", "جمعية النساء «الجسر»",
              "Здружение на жени „Мост“", "Shoqata e grave “Ura”", "Удружење жена „Мост“",
              levels="primary secondary", services="victim_support dialogue"),
        _kind("Neighbours’ association, {q}", "Association des habitants, {q}", "جمعية الأهالي، {q}",
              "Здружение на соседи, {q}", "Shoqata e fqinjëve, {q}", "Удружење суседа, {q}", quarter=2,
              services="leisure"),
        _kind("Centre for dialogue", "Centre pour le dialogue", "مركز الحوار",
              "Центар за дијалог", "Qendra për dialog", "Центар за дијалог",
              levels="secondary tertiary", services="dialogue exit_programme"),
    ),
    "employment": (
        _kind("Employment agency", "Agence pour l’emploi", "مكتب التشغيل",
              "Агенција за вработување", "Agjencia e punësimit", "Агенција за запошљавање", services="employment"),
        _kind("Training workshop, {q}", "Atelier de formation, {q}", "ورشة التدريب، {q}",
              "Работилница за обука, {q}", "Punëtoria e trajnimit, {q}", "Радионица за обуку, {q}", quarter=2,
              levels="primary secondary", services="employment education"),
        _kind("First job programme", "Mission premier emploi", "برنامج العمل الأول",
              "Програма „Прва работа“", "Programi “Puna e parë”", "Програм „Први посао“",
              levels="secondary", services="employment mentoring"),
    ),
    "sport_culture": (
        _kind("Football club, {q}", "Club de football, {q}", "نادي كرة القدم، {q}",
              "Фудбалски клуб, {q}", "Klubi i futbollit, {q}", "Фудбалски клуб, {q}", quarter=2, services="leisure"),
        _kind("City library", "Médiathèque", "المكتبة العامة",
              "Градска библиотека", "Biblioteka e qytetit", "Градска библиотека",
              services="language_course online_safety"),
        _kind("House of culture", "Maison de la culture", "دار الثقافة",
              "Дом на култура", "Shtëpia e kulturës", "Дом културе", services="leisure dialogue"),
    ),
    "other": (
        _kind("Chamber of crafts", "Chambre des métiers", "غرفة الحرف",
              "Занаетчиска комора", "Oda e zejtarëve", "Занатска комора", services="employment"),
        _kind("Local radio", "Radio locale", "الإذاعة المحلية",
              "Локално радио", "Radioja lokale", "Локални радио", services="online_safety"),
        _kind("City buses", "Bus de ville", "حافلات المدينة",
              "Градски автобуси", "Autobusët e qytetit", "Градски аутобуси"),
    ),
}  # fmt: skip


def names_in(city: DemoCity, kind: Kind) -> Names:
    """What an organisation of that kind is called in the languages of the city."""
    quarter = city.quarters[kind.quarter]
    return {code: kind.names[code].replace("{q}", quarter[code]) for code in city.languages}

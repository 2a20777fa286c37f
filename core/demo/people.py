"""The people of the demo. Nobody of these names is meant."""

from dataclasses import dataclass

from core.permissions import Role


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody with an account: role, language, sector and place in it of the organisation they speak for."""

    name: str
    role: Role
    language: str
    sector: str
    place: int = 0
    position: str = ""
    # Whether it is the one account of its role that is printed at start.
    shown: bool = False

    def email(self, city: str) -> str:
        """An address that no mail ever reaches."""
        plain = self.name.lower().translate(str.maketrans("éèëçćčšžđ ", "eeecccszd."))
        return f"{plain}@{city}.example"


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody without an account: listed, counted in a quorum, given actions."""

    name: str
    sector: str
    place: int = 0
    position: str = ""


ACCOUNTS: dict[str, tuple[DemoPerson, ...]] = {
    "brezovo": (
        DemoPerson(
            "Elena Stojkovska",
            Role.FOCAL_POINT,
            "mk",
            "local_government",
            0,
            "Координатор",
            shown=True,
        ),
        DemoPerson("Arben Limani", Role.CHAIR, "sq", "education", 1, "Drejtor", shown=True),
        DemoPerson("Blerim Osmani", Role.MEMBER, "sq", "youth_work", 0, "Punonjës rinor"),
        DemoPerson("Jelena Nikolić", Role.MEMBER, "sr", "civil_society", 0, "Председница"),
        DemoPerson(
            "Vesna Petreska", Role.LEAD_WORKER, "mk", "social_services", 0, "Социјален работник"
        ),
        DemoPerson("Dragan Ristevski", Role.DATA_PROTECTION_OFFICER, "mk", "local_government", 1),
        DemoPerson("Mirjeta Hoxhaj", Role.CITY_ADMINISTRATOR, "sq", "local_government", 0),
        DemoPerson("Goran Iliev", Role.OBSERVER, "mk", "local_government", 2),
    ),
    "almina": (
        DemoPerson("Rana Khalil", Role.FOCAL_POINT, "ar", "local_government", 0, "منسّقة الشبكة"),
        DemoPerson("Georges Sarkis", Role.CHAIR, "fr", "local_government", 1, "Adjoint au maire"),
        DemoPerson(
            "Layla Haddad", Role.MEMBER, "ar", "youth_work", 0, "عاملة مع الشباب", shown=True
        ),
        DemoPerson(
            "Samir Khoury", Role.LEAD_WORKER, "fr", "social_services", 0, "Éducateur", shown=True
        ),
        DemoPerson("Nadine Aoun", Role.DATA_PROTECTION_OFFICER, "fr", "local_government", 0),
        DemoPerson("Karim Mansour", Role.CITY_ADMINISTRATOR, "en", "local_government", 0),
        DemoPerson("Hala Darwish", Role.OBSERVER, "ar", "local_government", 2),
    ),
    "rivemont": (
        DemoPerson(
            "Julien Marchand", Role.FOCAL_POINT, "fr", "local_government", 0, "Coordinateur"
        ),
        DemoPerson("Sophie Lambert", Role.CHAIR, "fr", "education", 1, "Proviseure"),
        DemoPerson("Nadia Belkacem", Role.MEMBER, "fr", "youth_work", 0, "Animatrice"),
        DemoPerson(
            "Thomas Girard", Role.LEAD_WORKER, "fr", "social_services", 0, "Assistant social"
        ),
        DemoPerson(
            "Hélène Aubry", Role.DATA_PROTECTION_OFFICER, "fr", "local_government", 0, shown=True
        ),
        DemoPerson(
            "Claire Vasseur", Role.CITY_ADMINISTRATOR, "fr", "local_government", 0, shown=True
        ),
        DemoPerson("Paul Tessier", Role.OBSERVER, "en", "local_government", 2, shown=True),
    ),
}

LISTED: dict[str, tuple[Listed, ...]] = {
    "brezovo": (
        Listed("Марија Трајковска", "health", 0, "Лекар"),
        Listed("Besa Rexhepi", "mental_health", 1, "Psikologe"),
        Listed("Зоран Станковић", "police", 1, "Службеник за односе са заједницом"),
        Listed("Fatmir Aliu", "faith_community", 0, "Imam"),
        Listed("отец Методиј", "faith_community", 1, "Парох"),
        Listed("Sanja Dimitrova", "sport_culture", 1, "Библиотекар"),
        Listed("Agron Sulejmani", "employment", 1, "Mësues i punës"),
        Listed("Ивана Костова", "justice", 1, "Советник"),
        Listed("Lule Beqiri", "education", 0, "Mësuese"),
        Listed("Никола Андонов", "child_protection", 0, "Психолог"),
    ),
    "almina": (
        Listed("نور الخطيب", "health", 0, "ممرّضة"),
        Listed("Joumana Rizk", "mental_health", 0, "Psychologue"),
        Listed("الشيخ وليد حمدان", "faith_community", 0, "إمام"),
        Listed("Père Antoine", "faith_community", 1, "Curé"),
        Listed("سامر فرح", "police", 1, "ضابط ارتباط"),
        Listed("Dania Saab", "education", 1, "Proviseure"),
        Listed("هدى ناصر", "child_protection", 0, "أخصائية اجتماعية"),
        Listed("Ziad Chami", "sport_culture", 0, "Entraîneur"),
        Listed("Maya Tannous", "justice", 2, "Avocate"),
        Listed("عمر البيطار", "employment", 1, "مدرّب مهني"),
    ),
    "rivemont": (
        Listed("Amélie Roux", "health", 0, "Médecin"),
        Listed("Yanis Cherif", "youth_work", 2, "Éducateur de rue"),
        Listed("Brigitte Fontaine-Leroy", "mental_health", 1, "Psychologue"),
        Listed("Capitaine Morel", "police", 1, "Référent de proximité"),
        Listed("Imam Rachid Slimani", "faith_community", 0, "Imam"),
        Listed("Père Étienne", "faith_community", 1, "Curé"),
        Listed("Fatou Diarra", "civil_society", 0, "Présidente"),
        Listed("Lucas Perrin", "sport_culture", 0, "Entraîneur"),
        Listed("Martine Colin", "child_protection", 0, "Éducatrice"),
        Listed("Olivier Brun", "justice", 1, "Conseiller de probation"),
    ),
}

"""What the meetings of the invented cities say, in their languages. No person, place or case is real."""

from collections.abc import Mapping
from dataclasses import dataclass

COUNCIL: Mapping[str, str] = {
    "mk": "Совет за превенција",
    "sq": "Këshilli për parandalim",
    "sr": "Савет за превенцију",
    "ar": "مجلس الوقاية",
    "fr": "Conseil de prévention",
    "en": "Prevention council",
}
TABLE: Mapping[str, str] = {
    "mk": "Маса за случаи",
    "sq": "Tryeza për raste",
    "sr": "Сто за случајеве",
    "ar": "طاولة الحالات",
    "fr": "Table des situations",
    "en": "Case table",
}
PROPOSED: Mapping[str, str] = {
    "mk": "Заеднички спортски ден",
    "sq": "Ditë e përbashkët sportive",
    "ar": "يوم رياضي مشترك",
    "fr": "Une journée sportive commune",
    "en": "A sports day together",
}
CASE_TITLE: Mapping[str, str] = {
    "mk": "Поддршка за едно семејство",
    "sq": "Mbështetje për një familje",
    "ar": "دعم لإحدى العائلات",
    "fr": "Soutien à une famille",
    "en": "Support for a family",
}
CASE_NOTE: Mapping[str, str] = {
    "mk": "Семејството е согласно. Училиштето останува прв контакт.",
    "sq": "Familja është dakord. Shkolla mbetet kontakti i parë.",
    "ar": "العائلة موافقة، وتبقى المدرسة جهة الاتصال الأولى.",
    "fr": "La famille est d’accord. L’école reste le premier contact.",
    "en": "The family agrees. The school stays the first contact.",
}
CASE_DECIDED: Mapping[str, tuple[str, str]] = {
    "mk": ("Водечка организација е центарот за социјална работа.", "Семејството веќе му верува."),
    "sq": ("Organizata udhëheqëse është qendra sociale.", "Familja tashmë i beson."),
    "ar": ("الجهة الرائدة هي مركز الخدمات الاجتماعية.", "العائلة تثق به أصلا."),
    "fr": ("Le centre social est chef de file.", "La famille lui fait déjà confiance."),
    "en": ("The social work centre leads.", "The family trusts it already."),
}


@dataclass(frozen=True, slots=True)
class Theme:
    """What a meeting was about: the note, the decision, why, and what somebody took on."""

    note: str
    decided: str
    why: str
    action: str


THEMES: tuple[Mapping[str, Theme], ...] = (
    {
        "mk": Theme(
            "Двете училишта побараа повеќе часови за медиумска писменост. Сите се согласија.",
            "До крајот на полугодието се одржуваат три работилници за медиумска писменост.",
            "И двете училишта ги побараа.",
            "Закажи ги термините со училиштата",
        ),
        "sq": Theme(
            "Të dyja shkollat kërkuan më shumë orë për shkrim-lexim medial. Të gjithë u pajtuan.",
            "Deri në fund të gjysmëvjetorit mbahen tri punëtori për shkrim-lexim medial.",
            "Të dyja shkollat i kërkuan.",
            "Cakto datat me shkollat",
        ),
        "ar": Theme(
            "طلبت المدرستان ساعات أكثر للتربية الإعلامية، ووافق الجميع.",
            "تعقد ثلاث ورش عن التربية الإعلامية حتى نهاية الفصل.",
            "طلبتها المدرستان.",
            "الاتفاق على المواعيد مع المدرستين",
        ),
        "fr": Theme(
            "Les deux écoles demandent plus d’heures d’éducation aux médias. Tous sont d’accord.",
            "Trois ateliers d’éducation aux médias ont lieu avant la fin du semestre.",
            "Les deux écoles les ont demandés.",
            "Fixer les dates avec les écoles",
        ),
        "en": Theme(
            "Both schools asked for more hours of media literacy. Everybody agreed.",
            "Three workshops on media literacy are held by the end of term.",
            "Both schools asked for them.",
            "Settle the dates with the schools",
        ),
    },
    {
        "mk": Theme(
            "Жителите велат дека плоштадот е темен навечер и младите го избегнуваат.",
            "Општината поставува светилки на плоштадот.",
            "Младите го избегнуваат плоштадот навечер.",
            "Прибери понуди за светилките",
        ),
        "sq": Theme(
            "Banorët thonë se sheshi është i errët në mbrëmje dhe të rinjtë i shmangen.",
            "Komuna vendos drita në shesh.",
            "Të rinjtë i shmangen sheshit në mbrëmje.",
            "Mblidh oferta për dritat",
        ),
        "ar": Theme(
            "يقول السكان إن الساحة مظلمة مساء والشباب يتجنبونها.",
            "تضع البلدية إنارة في الساحة.",
            "يتجنب الشباب الساحة مساء.",
            "جمع عروض الأسعار للإنارة",
        ),
        "fr": Theme(
            "Les habitants disent que la place est sombre le soir et que les jeunes l’évitent.",
            "La commune installe des lampes sur la place.",
            "Les jeunes évitent la place le soir.",
            "Demander des devis pour les lampes",
        ),
        "en": Theme(
            "Residents say that the square is dark in the evening and that the young avoid it.",
            "The municipality puts up lamps on the square.",
            "The young avoid the square in the evening.",
            "Ask for offers for the lamps",
        ),
    },
    {
        "mk": Theme(
            "За распустот нема понуда за деца над дванаесет години.",
            "Младинскиот центар е отворен секој ден од распустот.",
            "За постарите деца инаку нема ништо.",
            "Најди двајца волонтери за секој ден",
        ),
        "sq": Theme(
            "Për pushimet nuk ka ofertë për fëmijët mbi dymbëdhjetë vjeç.",
            "Qendra rinore është e hapur çdo ditë të pushimeve.",
            "Për fëmijët më të rritur përndryshe nuk ka asgjë.",
            "Gjej dy vullnetarë për çdo ditë",
        ),
        "ar": Theme(
            "لا يوجد في العطلة ما يقدم للأولاد فوق الثانية عشرة.",
            "يفتح مركز الشباب كل يوم من أيام العطلة.",
            "ليس للأولاد الأكبر سنا شيء آخر.",
            "إيجاد متطوعين اثنين لكل يوم",
        ),
        "fr": Theme(
            "Pendant les vacances, rien n’est proposé aux enfants de plus de douze ans.",
            "La maison des jeunes ouvre chaque jour des vacances.",
            "Il n’y a rien d’autre pour les plus grands.",
            "Trouver deux bénévoles pour chaque jour",
        ),
        "en": Theme(
            "In the holidays there is nothing for children over twelve.",
            "The youth centre opens every day of the holidays.",
            "There is nothing else for older children.",
            "Find two volunteers for each day",
        ),
    },
    {
        "mk": Theme(
            "Наставниците прашуваат кому да се јават кога се загрижени за ученик.",
            "Леток со броевите за совет се дели во секое училиште.",
            "Никој не треба да бара долго кому да се јави.",
            "Направи го летокот на сите јазици",
        ),
        "sq": Theme(
            "Mësuesit pyesin kujt t’i drejtohen kur shqetësohen për një nxënës.",
            "Një fletushkë me numrat për këshillim shpërndahet në çdo shkollë.",
            "Askush nuk duhet të kërkojë gjatë kujt t’i drejtohet.",
            "Përgatit fletushkën në të gjitha gjuhët",
        ),
        "ar": Theme(
            "يسأل المعلمون بمن يتصلون عندما يقلقون على أحد التلاميذ.",
            "توزع في كل مدرسة نشرة بأرقام الاستشارة.",
            "ينبغي ألا يبحث أحد طويلا عمن يتصل به.",
            "إعداد النشرة بكل اللغات",
        ),
        "fr": Theme(
            "Les enseignants demandent qui appeler quand un élève les inquiète.",
            "Un dépliant avec les numéros de conseil est remis dans chaque école.",
            "Personne ne doit chercher longtemps qui appeler.",
            "Faire le dépliant dans toutes les langues",
        ),
        "en": Theme(
            "Teachers ask whom to call when they worry about a pupil.",
            "A leaflet with the numbers for advice is handed out in every school.",
            "Nobody should have to look long for whom to call.",
            "Make the leaflet in all languages",
        ),
    },
)

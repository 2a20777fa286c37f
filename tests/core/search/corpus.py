"""Records of an invented city in eight languages, and twenty things that somebody looks for in each of them."""

from __future__ import annotations

from typing import NamedTuple


class Record(NamedTuple):
    """What stands in a record: the language, the title, the text."""

    language: str
    title: str
    text: str


# The number of a record is its place in its language: mk1 is the first of mk.
RECORDS: dict[str, tuple[tuple[str, str], ...]] = {
    "en": (
        ("Homework club by the river", "Volunteers help children with reading and sums after school."),
        ("Parents' evening on media literacy", "How families talk about videos, rumours and games at home."),
        ("Football without fouls", "Two schools play in mixed teams; the referee explains every whistle."),
        ("Café of languages", "Neighbours teach one another songs, recipes and greetings."),
        ("First-aid course for youth workers", "Recognising distress early, and whom to call at night."),
        ("Library night for teenagers", "Board games, a naïve quiz and stories read by candlelight."),
        ("Street theatre about rumours", "A play on how gossip travels; discussion with the audience."),
        ("Round table: school absence", "Teachers, social workers and police liaison agree who phones whom."),
        ("Repair workshop for bicycles", "Grandparents and children mend bicycles together in the schoolyard."),
        ("Coordination of volunteers", "Who opens the youth house in summer; anti-bullying posters are handed out."),
    ),
    "fr": (
        ("Atelier d’éducation aux médias", "Des élèves vérifient une rumeur avec une journaliste."),
        ("Café des parents à l’école", "Comment parler des écrans à la maison, sans dispute."),
        ("Tournoi de football mixte", "Deux quartiers, une équipe : l’arbitre explique chaque faute."),
        ("Théâtre-forum sur le harcèlement", "Le public rejoue la scène et cherche une issue."),
        ("Veillée à la bibliothèque", "Contes, jeux de société et soupe préparée par les bénévoles."),
        ("Formation aux premiers secours", "Reconnaître la détresse d’un jeune, et savoir qui appeler."),
        ("Réunion sur l’absentéisme", "Enseignants, éducateurs et police de proximité se répartissent les appels."),
        ("Jardin partagé du cœur de ville", "Les aînés apprennent aux enfants à semer et à récolter."),
        ("Chorale de l’amitié", "Des chants en plusieurs langues pour la fête de l’été."),
        ("Permanence d’écoute pour adolescents", "Un mercredi sur deux, sans rendez-vous, à la maison des jeunes."),
    ),
    "mk": (
        ("Работилница за медиумска писменост", "Учениците проверуваат една гласина заедно со новинарка."),
        ("Родителска средба во училиштето", "Како се зборува дома за екраните и за игрите."),
        ("Фудбал без прекршоци", "Две населби играат во мешани тимови, судијата објаснува секој свиреж."),
        ("Ѓурѓовденско дружење", "Соседите готват заедно и ги учат децата на стари песни."),
        ("Обука за прва помош", "Како да се препознае млад човек во неволја и кому да му се јави."),
        ("Ноќ во библиотеката", "Приказни, квиз и друштвени игри за средношколци."),
        ("Театар за озборувањето", "Публиката ја менува сцената и бара друг крај."),
        ("Тркалезна маса за отсуство од настава", "Наставници, социјални работници и полиција делат задачи."),
        ("Поправка на велосипеди", "Дедовци и внуци поправаат велосипеди во училишниот двор."),
        ("Ќош за разговор на младите", "Секоја среда, без закажување, во младинскиот дом."),
    ),
    "sq": (
        ("Punëtori për edukimin medial", "Nxënësit verifikojnë një thashethem me një gazetare."),
        ("Takim me prindërit në shkollë", "Si flitet në shtëpi për ekranet dhe lojërat."),
        ("Futboll pa faulle", "Dy lagje luajnë në ekipe të përziera; gjyqtari shpjegon çdo vendim."),
        ("Çaji i fqinjëve", "Fqinjët mësojnë këngë, receta dhe përshëndetje nga njëri-tjetri."),
        ("Trajnim për ndihmën e parë", "Si njihet një i ri në vështirësi dhe kujt i telefonohet."),
        ("Natë në bibliotekë", "Tregime, kuize dhe lojëra për të rinjtë e gjimnazit."),
        ("Teatër për thashethemet", "Publiku e ndryshon skenën dhe kërkon një fund tjetër."),
        ("Tryezë për mungesat në mësim", "Mësues, punonjës socialë dhe polici ndajnë detyrat."),
        ("Riparimi i biçikletave", "Gjyshër dhe nipër riparojnë biçikleta në oborrin e shkollës."),
        ("Këndi i bisedës për të rinj", "Çdo të mërkurë, pa termin, në shtëpinë e rinisë."),
    ),
    "sr": (
        ("Радионица медијске писмености", "Ученици проверавају једну гласину заједно са новинарком."),
        ("Родитељски састанак у школи", "Како се код куће прича о екранима и играма."),
        ("Фудбал без прекршаја", "Два насеља играју у мешовитим екипама; судија објашњава сваки звиждук."),
        ("Ђурђевданско дружење", "Комшије кувају заједно и уче децу старим песмама."),
        ("Обука прве помоћи", "Како препознати младу особу у невољи и коме се јавити."),
        ("Ноћ у библиотеци", "Приче, квиз и друштвене игре за средњошколце."),
        ("Представа о оговарању", "Публика мења сцену и тражи другачији крај."),
        ("Округли сто о изостајању са наставе", "Наставници, социјални радници и полиција деле задатке."),
        ("Поправка бицикала", "Деде и унуци поправљају бицикле у школском дворишту."),
        ("Џеп за разговор младих", "Сваке среде, без заказивања, у дому омладине: љубазно и поверљиво."),
    ),
    "sr_Latn": (
        ("Šahovski turnir u Donjem gradu", "Đaci i penzioneri igraju u parovima, pobednik dobija knjigu."),
        ("Čajanka za majke", "Razgovor o zdravlju i ishrani uz čaj od žalfije."),
        ("Kurs plivanja za početnike", "Dvanaest časova na gradskom bazenu, prevoz je obezbeđen."),
        ("Ljetnji kamp prijateljstva", "Deca iz tri grada uče pesme i prave lutke."),
        ("Njegovanje bašte", "Volonteri uređuju baštu iza doma zdravlja."),
        ("Džez večer za mir", "Muzičari iz cele regije sviraju bez honorara."),
        ("Predavanje o bezbednosti na mreži", "Lozinke, lažni profili i šta uraditi posle pretnje."),
        ("Savetovanje o zapošljavanju", "Pisanje biografije i vežba razgovora za posao."),
        ("Humanitarna trka uz reku", "Prikupljamo pomoć za školsku kuhinju."),
        ("Izložba dečjih crteža", "Otvaranje u holu opštine, uz sok i kolače."),
    ),
    "tr": (
        ("Medya okuryazarlığı atölyesi", "Öğrenciler bir söylentiyi gazeteciyle birlikte araştırıyor."),
        ("Okulda veli toplantısı", "Evde ekranlar ve oyunlar hakkında nasıl konuşulur."),
        ("Faulsüz futbol", "İki mahalle karma takımlarla oynuyor; hakem her düdüğü açıklıyor."),
        ("Komşu çayı", "Komşular birbirine şarkı, yemek ve selam öğretiyor."),
        ("İlk yardım eğitimi", "Zor durumdaki bir genci tanımak ve kimi aramak gerektiği."),
        ("Kütüphanede gece", "Masallar, bilgi yarışması ve kutu oyunları."),
        ("Dedikodu üzerine tiyatro", "Seyirciler sahneyi değiştiriyor ve başka bir son arıyor."),
        ("Devamsızlık için yuvarlak masa", "Öğretmenler, sosyal hizmet uzmanları ve polis görev paylaşıyor."),
        ("Bisiklet onarımı", "Dedeler ve torunlar okul bahçesinde bisiklet onarıyor."),
        ("Isparta gülü ve ıhlamur günü", "Işıl ışıl bir bahçe şenliği, ılık bir akşamda."),
    ),
    "ar": (
        ("ورشة التربية الإعلامية", "يتحقق التلاميذ من إشاعة مع صحفية."),
        ("لقاء الأهل في المدرسة", "كيف نتحدث في البيت عن الشاشات والألعاب."),
        ("كرة قدم بلا أخطاء", "حيّان يلعبان بفرق مختلطة والحكم يشرح كل صافرة."),
        ("شاي الجيران", "الجيران يعلّم بعضهم بعضاً الأغاني والوصفات."),
        ("دورة الإسعافات الأولية", "كيف نتعرّف على شاب في ضيق وبمن نتصل."),
        ("ليلة في المكتبة", "حكايات ومسابقات وألعاب لطلاب الثانوية."),
        ("مسرح عن الشائعات", "الجمهور يغيّر المشهد ويبحث عن نهاية أخرى."),
        ("طاولة مستديرة حول التغيّب عن المدرسة", "المعلمون والأخصائيون الاجتماعيون والشرطة يتقاسمون المهام."),
        ("إصلاح الدراجات", "أجداد وأحفاد يصلحون الدراجات في ساحة المدرسة."),
        ("مُؤَسَّسَةُ الأمل للشباب", "جلسة استماع كل أربعاء من دون موعد."),
    ),
}  # fmt: skip

QUERIES: dict[str, tuple[str, ...]] = {
    "en": (
        "homework", "HOMEWORK river", "cafe", "Café", "naive quiz", "bicycles", "bicycels", "bicycle children",
        "school", "schol", "schoool", "rumours", "volunters", "anti bullying", "anti-bullying", "first-aid",
        "parents’ evening", "police liaison phones", "you", "zebra",
    ),
    "fr": (
        "ecole", "l'école", "ÉCOLE parents", "medias", "éducation médias", "football", "fotball", "harcelement",
        "harcèlment", "bibliotheque", "secours", "cœur", "coeur", "benevoles contes", "amitié", "adolescents mercredi",
        "aînés", "éduc", "ete", "zèbre",
    ),
    "mk": (
        "работилница", "rabotilnica", "работилнца", "родител", "училиште", "ucilis", "ѓурѓовденско", "gjurgjovdensko",
        "ќош", "kjosh", "kjos", "прва помош", "библиотека", "велосипеди", "velosipedi", "полиција", "младински дом",
        "фудбал судија", "гласина", "зебра",
    ),
    "sq": (
        "punëtori", "punetori", "shkollë", "shkolle prindërit", "thashethem", "thashethemet", "çaji", "caji",
        "biçikleta", "bicikletave", "bicikltave", "ndihmën e parë", "mësues", "mesus", "gjyqtari", "të rinj", "polici",
        "bibliotek", "këndi bisedës", "zebër",
    ),
    "sr": (
        "radionica", "радионица", "radionca", "roditeljski", "школи", "skoli", "đurđevdansko", "djurdjevdansko",
        "ђурђевданско", "džep", "dzep", "ljubazno", "prva pomoc", "prve pomoći", "bicikala", "полиција", "policja",
        "noć biblioteci", "наставници полиција", "зебра",
    ),
    "sr_Latn": (
        "šahovski", "sahovski", "шаховски", "djaci", "ђаци", "čajanka", "чајанка", "cajnka", "žalfije", "plivanje",
        "plivanja", "пливања", "ljetnji", "љетњи камп", "njegovanje", "džez", "џез", "bezbednost mreži", "opstine",
        "zebra",
    ),
    "tr": (
        "atölye", "atolyesi", "okuryazarlığı", "OKURYAZARLIGI", "okul", "okulda veli", "çay", "çayı", "futbol",
        "futbl", "ilk yardım", "İLK YARDIM", "ılk", "kütüphane", "bisiklet", "bisklet", "ISPARTA", "ısparta", "isparta",
        "zebra",
    ),
    "ar": (
        "ورشة", "ورشه", "التربية", "تربية", "المدرسة", "مدرسة", "مدرسه", "اعلامية", "الإعلامية", "مؤسسة", "موسسة",
        "المؤسسة", "الامل", "أمل", "دراجات", "الدراحات", "والشرطة", "شرطة", "شائعات", "حمار",
    ),
}  # fmt: skip


def records() -> dict[str, Record]:
    """Every record by the name that the answers use."""
    return {
        f"{language}{number}": Record(language, *both)
        for language, some in RECORDS.items()
        for number, both in enumerate(some, 1)
    }

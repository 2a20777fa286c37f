"""Words as headings and cells hold them, whoever wrote them: folded alike, and the usual names of usual columns.

A heading is compared with what its field is called in every language of the interface, and with these lists of what
offices of these places call it besides.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from core.folding import search_key
from core.i18n import LANGUAGES, force_language, language_name
from core.importing.tables import ImportField


@lru_cache(maxsize=20_000)
def fold(text: str) -> str:
    """``text`` for comparing: one script, no case, no marks, single spaces."""
    return search_key(text).replace(".", " ").replace("@", " ").strip()


def every_title(fields: Iterable[ImportField]) -> dict[str, list[str]]:
    """The titles of fields in each language, by the field's name; each language is gone through once."""
    fields = list(fields)
    found: dict[str, list[str]] = {each.name: [] for each in fields}
    for code in LANGUAGES:
        with force_language(code):
            for each in fields:
                found[each.name].append(str(each.title))
    return found


def codes_by_word(each: ImportField) -> dict[str, str]:
    """The codes of a field by every folded word that means one, in any language. What is ambiguous means nothing."""
    found: dict[str, str] = {}
    unclear: set[str] = set()

    def note(word: str, code: str) -> None:
        key = fold(word)
        if key and found.setdefault(key, code) != code:
            unclear.add(key)

    for code in each.choices:
        found[fold(code.replace("_", " "))] = code
    for language in LANGUAGES:
        with force_language(language):
            for code, title in each.choices.items():
                note(str(title), code)
    for code, words in each.choice_words.items():
        for word in words:
            note(word, code)
    return {word: code for word, code in found.items() if word not in unclear}


@lru_cache(maxsize=200)
def names_of_language(code: str) -> tuple[str, ...]:
    """What a language is called in each language of the interface."""
    return tuple(dict.fromkeys(language_name(code, each) for each in LANGUAGES))


def language_words(codes: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Words for languages as codes of a field: their names, and the tag that files use."""
    return {code: (*names_of_language(code), code) for code in codes}


def words_of(text: str) -> tuple[str, ...]:
    """The words, or groups of words, between the commas of ``text``."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


# The order within a list does not matter. Words that several fields share go to the field that other words confirm.
REFERENCE_WORDS = words_of(
    "id, code, reference, identifier, шифра, код, матичен број, единствен број, ембс, едб, kod, numri identifikues, "
    "nipt, матични број, пиб, šifra, pib, sicil no, kimlik no, code, numéro, siret, référence, الرمز, المعرف, "
    "رقم التسجيل"
)
NAME_WORDS = words_of(
    "name, name of organisation, organisation, organization, institution, partner, agency, назив, име, назив на "
    "институцијата, назив на организацијата, назив на партнерот, партнер, институција, установа, организација, "
    "здружение, emri, emri i institucionit, emri i organizatës, institucioni, organizata, partneri, emërtimi, naziv, "
    "ime, ustanova, institucija, ad, adı, kurum, kurum adı, kuruluş, kuruluş adı, nom, structure, organisme, "
    "association, intitulé, dénomination, الاسم, اسم المؤسسة, المؤسسة, الجهة, اسم الجهة, الشريك, الجمعية"
)
SECTOR_WORDS = words_of(
    "sector, field, type, type of organisation, category, сектор, област, дејност, тип, вид, категорија, sektori, "
    "fusha, lloji, kategoria, делатност, врста, delatnost, vrsta, sektör, alan, tür, secteur, domaine, type de "
    "structure, catégorie, القطاع, المجال, النوع, نوع الجهة, الفئة"
)
LEVEL_WORDS = words_of(
    "level, prevention, ниво, ниво на превенција, niveli, niveli i parandalimit, ниво превенције, nivo, düzey, "
    "niveau, niveau de prévention, المستوى, مستوى الوقاية"
)
SERVICE_WORDS = words_of(
    "services, offers, услуги, понуда, shërbimet, usluge, hizmetler, services proposés, offre, الخدمات"
)
LANGUAGE_WORDS = words_of(
    "languages, language, јазик, јазици, gjuha, gjuhët, језик, језици, jezik, jezici, dil, diller, langue, langues, "
    "اللغة, اللغات"
)
ABOUT_WORDS = words_of(
    "about, description, activity, remarks, notes, опис, дејности, забелешка, напомена, përshkrimi, shënime, opis, "
    "napomena, açıklama, notlar, description, activités, observations, remarques, الوصف, ملاحظات, نبذة"
)
PERSON_WORDS = words_of(
    "contact, contact person, responsible person, director, контакт, лице за контакт, контакт лице, одговорно лице, "
    "директор, лице, име и презиме, personi kontaktues, personi i kontaktit, drejtori, особа за контакт, kontakt "
    "osoba, kontakt, odgovorno lice, ilgili kişi, yetkili, irtibat kişisi, personne de contact, contact, "
    "responsable, référent, directeur, جهة الاتصال, الشخص المسؤول, المسؤول, المدير, مسؤول الاتصال"
)
PHONE_WORDS = words_of(
    "phone, telephone, tel, mobile, phone number, телефон, телефонски број, тел, мобилен, контакт телефон, "
    "telefoni, tel, numri i telefonit, celular, број телефона, telefon, mobilni, gsm, cep, telefon no, téléphone, "
    "tél, portable, numéro de téléphone, الهاتف, رقم الهاتف, الجوال, هاتف, موبايل"
)
EMAIL_WORDS = words_of(
    "email, e-mail, mail, email address, е-пошта, мејл, имејл, електронска пошта, e-пошта, и-мејл, emaili, posta "
    "elektronike, електронска адреса, и-мејл адреса, e-pošta, imejl, e-posta, eposta, courriel, adresse mail, "
    "adresse électronique, البريد الإلكتروني, البريد, الايميل, بريد الكتروني"
)
WEBSITE_WORDS = words_of(
    "website, web, url, homepage, internet, веб, веб страна, веб страница, интернет страница, faqja, ueb, sajt, web "
    "sitesi, site, site internet, الموقع, الموقع الإلكتروني"
)
FROM_WORDS = words_of(
    "from, start, signed, agreement, date of agreement, од, почеток, датум на договор, договор, меморандум, датум "
    "на потпишување, nga, fillimi, marrëveshja, memorandum, data e marrëveshjes, početak, sporazum, ugovor, "
    "başlangıç, protokol, protokol tarihi, début, convention, date de signature, من, تاريخ الاتفاقية, البداية"
)
UNTIL_WORDS = words_of(
    "until, to, end, valid until, до, крај, важи до, deri, deri më, mbarimi, kraj, važi do, bitiş, fin, jusqu'au, "
    "échéance, إلى, حتى, النهاية"
)
FULL_NAME_WORDS = words_of(
    "name, full name, name and surname, first and last name, person, име и презиме, име, член, учесник, претставник, "
    "emri dhe mbiemri, emri, përfaqësuesi, anëtari, име и презиме, predstavnik, ime i prezime, ad soyad, adı soyadı, "
    "isim, nom et prénom, prénom et nom, nom complet, الاسم, الاسم الكامل, الاسم واللقب, اسم العضو"
)
GIVEN_NAME_WORDS = words_of(
    "first name, given name, forename, име, emri, ime, ad, adı, prénom, الاسم الأول, الاسم الشخصي"
)
FAMILY_NAME_WORDS = words_of(
    "last name, surname, family name, презиме, mbiemri, prezime, soyad, soyadı, nom de famille, اسم العائلة, اللقب, "
    "الكنية"
)
POSITION_WORDS = words_of(
    "position, job, title, function, позиција, работно место, функција, звање, pozita, pozicioni, detyra, funksioni, "
    "радно место, радна позиција, funkcija, pozicija, görev, görevi, unvan, fonction, poste, titre, qualité, الوظيفة, "
    "المنصب, الصفة, المسمى الوظيفي"
)
ROLE_WORDS = words_of("role, roles, улога, roli, улоге, uloga, rol, rôle, الدور")
ORGANISATION_WORDS = (
    *NAME_WORDS[1:],
    *words_of("lead organisation, носител, организатор, organizatori, organizator"),
)

SECTOR_CHOICE_WORDS: Mapping[str, tuple[str, ...]] = {
    "local_government": words_of(
        "municipality, општина, локална самоуправа, komuna, bashkia, opština, općina, belediye, mairie, commune, "
        "collectivité, البلدية, بلدية"
    ),
    "education": words_of(
        "school, училиште, основно училиште, средно училиште, shkolla, arsimi, школа, škola, obrazovanje, okul, école, "
        "enseignement, éducation nationale, مدرسة, التعليم, تعليم, التربية"
    ),
    "social_services": words_of(
        "social work, social, центар за социјална работа, социјална работа, социјала, социјална заштита, puna sociale, "
        "qendra për punë sociale, центар за социјални рад, socijalna zaštita, centar za socijalni rad, "
        "sosyal hizmetler, "
        "action sociale, الشؤون الاجتماعية, الخدمات الاجتماعية"
    ),
    "health": words_of(
        "здравство, здравствен дом, здравје, shëndetësia, shëndetësi, здравство, zdravstvo, dom zdravlja, sağlık, "
        "hastane, santé, hôpital, الصحة, صحة"
    ),
    "police": words_of(
        "полиција, мвр, policia, полиција, policija, mup, polis, emniyet, police, gendarmerie, الشرطة"
    ),
    "justice": words_of(
        "судство, суд, правосудство, gjykata, drejtësia, правосуђе, sud, adalet, mahkeme, tribunal, probation, "
        "القضاء, العدل"
    ),
    "youth_work": words_of(
        "youth, youth centre, млади, младински центар, rinia, qendra rinore, омладина, omladina, mladi, gençlik, "
        "jeunesse, الشباب, مركز شباب"
    ),
    "faith_community": words_of(
        "church, mosque, religion, верска заедница, црква, џамија, bashkësia fetare, kisha, xhamia, верска "
        "заједница, crkva, verska zajednica, din, cami, cultes, communauté religieuse, دينية, مسجد, كنيسة"
    ),
    "civil_society": words_of(
        "ngo, association, civil society organisation, cso, ngo sector, нво, здружение, граѓански сектор, здружение на "
        "граѓани, ojq, ojf, shoqata, shoqëria civile, удружење, невладина организација, udruženje, nvo, stk, dernek, "
        "vakıf, ong, association, جمعية, منظمة, المجتمع المدني"
    ),
    "employment": words_of(
        "employment, вработување, агенција за вработување, punësimi, запошљавање, zapošljavanje, istihdam, işkur, "
        "emploi, التشغيل, العمل"
    ),
    "sport_culture": words_of(
        "sport, culture, спорт, култура, sporti, kultura, sportski klub, spor, kültür, sport, culture, الرياضة, الثقافة"
    ),
    "other": words_of(
        "друго, останато, tjetër, остало, ostalo, drugo, diğer, autre, autres, أخرى, غير ذلك"
    ),
}

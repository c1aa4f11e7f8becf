"""What gives a language away: its small words, and the shape of the others.

Words that several languages share count less for each of them, so lists may overlap. All are
written without accents: people leave them out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_WORDS: Final = {
    "en": """
        the a an and or but if so not no nor is are was were am be been being it its this that
        these those there here he she they we you i me my mine your yours our ours us them their
        his her of to in on at by for with without from into onto about after before over under
        again out up down off through between because while when where who what which why how than
        then too very much many more most less least some any all none every each other another
        both few only just even still also already always never ever often sometimes now today
        yesterday tomorrow soon have has had having do does did doing done will would can could
        should may might must shall cant cannot dont doesnt didnt wasnt werent isnt arent couldnt
        wouldnt shouldnt havent hasnt hadnt wont im ive id ill youre theyre weve thats whats lets
        get got getting gets go going goes gone went come came coming take took taken taking make
        made making give gave given told tell said say says asked ask asking know knew known think
        thought need needed needs want wanted find found finding see seen saw look looking looked
        wait waited waiting took too keep kept feel felt work worked working works help helped
        helping call called calling try tried trying use used using buy bought buying sell sold
        sent send pay paid paying put let made nobody nothing everything everyone someone
        something anyone anything nowhere somewhere good great bad poor nice best better worse
        worst awful terrible horrible excellent amazing lovely friendly helpful rude slow fast
        quick quickly easy hard difficult clean dirty cheap expensive broken late early long short
        new old wrong right happy unhappy disappointed disappointing satisfied pleased confusing
        confused clear unclear busy crowded closed open big small little bit lot lots really quite
        enough way day days week weeks month months year years hour hours time times minute
        minutes first
        last next people person staff customer customers team store shop shopping order orders
        ordered delivery delivered price prices money refund return returned website online phone
        number email answer answered reply issue issues problem problems service services product
        products quality experience line lines queue queues sign signs signage security flight
        flights gate gates bag bags luggage food room rooms bed seat seats seating parking car
        card cards airport airline train lost missed delayed delay delays cancelled changed change
        changes thank thanks please hello ok okay love loved like liked hate hated recommend would
        everything nothing again once twice away around back home free pretty absolutely highly
        definitely professional polite courteous knowledgeable smooth seamless wonderful fantastic
        awesome perfect perfectly knew well worth value
    """,
    "fr": """
        le la les l un une des du de d et ou mais donc ni car si ne n pas plus jamais rien aucun
        aucune sans est sont etait etaient suis es sommes etes etre ete sera serait c ce cet cette
        ces ca cela celui celle j je tu il elle on nous vous ils elles me m te t se s lui leur
        leurs mon ma mes ton ta tes son sa ses notre nos votre vos qui que qu quoi dont ou quel
        quelle quels quelles quand comment pourquoi combien parce a au aux en y dans sur sous par
        pour avec chez vers entre depuis pendant avant apres contre tres trop peu beaucoup assez
        bien mal mieux moins encore toujours deja souvent parfois aussi meme tout toute tous
        toutes autre autres chaque plusieurs quelques certains ici voila ai as avons avez ont
        avait avais avaient avoir aura aurait fait faire faut fallu peut peux pouvez pouvoir pu
        doit dois devoir du veux veut voulu sais sait savoir va vais vont aller alle vient venir
        dit dire ecouter parler parle attendre attendu attends attente attentes trouve trouver
        trouvee prendre pris prix cher chere chers cheres rapide rapides rapidement rapidite lent
        lente lents lenteur facile simple simplement complique compliquee bon bonne bons bonnes
        mauvais mauvaise mauvaises nul nulle pire super parfait parfaite parfaitement genial
        geniale agreable agreables excellent excellente excellents sympathique sympa aimable
        aimables accueil accueillant accueillante gentil gentille gentils souriant souriante
        competent competente competents competentes incompetent incompetents professionnel
        professionnelle professionnelles desagreable impolie impoli magasin boutique vendeur
        vendeuse vendeurs conseiller conseillere conseillers conseils caisse caisses livraison
        livraisons livre livreur livree colis commande commandes commander retard retards jour
        jours semaine semaines mois heure heures minutes annee fois personne personnel personnes
        equipe client clients clientele produit produits qualite service services reponse reponses
        repondre repond repondu telephone appel appels appele rappel rappele rappeler site
        internet application appli achat achats acheter achete paye payer paiement carte
        remboursement rembourse remboursee rembourser retour retours facture probleme problemes
        souci soucis merci bonjour bravo dommage satisfait satisfaite satisfaits satisfaction
        content contente ravi ravie ravis decu decue deception inadmissible inacceptable
        scandaleux honte honteux voiture gare avion vol vols valise valises bagage bagages chambre
        hotel repas nourriture propre propres proprete sale sales bruit bruyant froid froide chaud
        ferme fermee fermes ouvert ouverte perdu perdue recu recue recommande recommanderai
        recommander deconseille vraiment franchement surtout toujours rapport entreprise banque
        agence compte dossier demande demarche demarches suivi suite lors lieu endroit temps delai
        delais annule annulee annulation introuvable impossible obliger oblige file panneaux
        indications toilettes quelqu'un ras neant aucunement marche fonctionne manque absence
    """,
    "es": """
        el la los las un una unos unas de del al y o pero si no ni que quien cual cuando donde
        como porque es son era eran fue fueron ser estar esta estan estaba estaban este esto estos
        estas ese eso muy mas menos mucho mucha muchos muchas poco todo toda todos todas nada
        nadie nunca siempre tambien con sin por para en a sobre entre hasta desde me te se nos le
        les lo mi mis su sus tu yo ella ellos nosotros usted hay tiene tienen tengo tuve tuvimos
        tenia hacer hizo hace puede puedo pueden bueno buena buen malo mala servicio atencion
        gracias excelente personal tiempo espera esperar horas minutos dias tarde precio caro
        rapido lento facil pedido entrega cliente problema llego llegar producto calidad mejor
        peor demora cambio vuelo puerta saber ir amable amables limpio sucio tienda compra envio
        recomiendo
    """,
    "de": """
        der die das den dem des ein eine einen einem einer und oder aber wenn nicht kein keine ist
        sind war waren sein bin hat haben hatte hatten wird wurde wurden werden kann konnte ich du
        er sie es wir ihr mich mir uns ihnen mein meine ihre unser sehr mehr viel zu auf in im an
        am mit ohne von vom bei nach aus fur uber durch auch nur noch schon immer nie wieder alles
        nichts dass weil wie was wo wer gut guter gute schlecht lange warten bestellung lieferung
        danke leider freundlich unfreundlich preis teuer schnell einfach kunden kundenservice
        mitarbeiter service zeit tage stunden ware geld zuruck kommt kam nochmal gerne super bitte
        hier
    """,
    "it": """
        il lo la i gli le un uno una di del dello della dei degli delle e o ma se non che chi cui
        quando dove come perche sono era erano essere stato stata ho hai ha abbiamo hanno avevo
        questo questa questi quello molto piu meno tanto poco tutto tutti tutte niente nulla
        nessuno mai sempre anche ancora con senza per in a da su tra fra al alla alle ai nel nella
        sul mi ti si ci vi mio mia suo sua loro io noi voi lui lei buono buona ottimo ottima
        pessimo pessima servizio grazie tempo attesa ore minuti giorni prezzo caro veloce lento
        facile ordine consegna cliente problema prodotto qualita personale gentile gentili cortese
        bene male arrivato aspettato negozio consiglio
    """,
    "pt": """
        o a os as um uma uns umas de do da dos das e ou mas se nao que quem qual quando onde como
        porque sao era eram foi foram ser estar esta estao estava este isto esse isso muito muita
        mais menos pouco tudo todo todos nada ninguem nunca sempre tambem com sem por para em no
        na nos nas ao aos pelo pela meu minha seu sua eu ele ela nos voce eles tem tinha tive
        fazer fez pode posso bom boa mau ma otimo otima pessimo servico atendimento obrigado
        obrigada tempo espera horas minutos dias preco caro rapido lento facil pedido entrega
        cliente problema produto qualidade melhor pior chegou ainda loja
    """,
    "nl": """
        de het een en of maar als niet geen is zijn was waren ben heeft hebben had hadden wordt
        werd worden kan kon ik jij je hij zij ze wij we u mij ons mijn uw hun zeer heel veel meer
        minder te op in aan met zonder van bij naar uit voor over door ook nog al altijd nooit
        weer alles niets dat die dit deze wat waar wie hoe omdat goed goede slecht lang lange
        wachten bestelling levering bedankt vriendelijk prijs duur snel makkelijk klant klanten
        klantenservice personeel tijd dagen uur geld terug komt kwam graag prima er om dan
        geleverd helaas
    """,
}

_SHAPES: Final = {
    "en": (
        "ing|ings|ness|ful|ght|ghts|ck|cks|ly|able|less",
        "wh|sh|th|kn|wr",
        "ed|ew|ow|ty|ey|ay|ry",
    ),
    "fr": (
        "eux|euses?|eaux?|ais|ait|aient|iques?|ement|aires?|oir|eurs?|ette|ees|tte|lle|nne",
        "qu|eloi|inad|ecou|repon",
        "ez|ier|iere|ent|ant|ee|oi|ois",
    ),
    "es": (
        "cion|ciones|dad|dades|mente|ando|iendo|aron|ieron|illo|illa",
        "lleg",
        "ar|ado|ada|os|as",
    ),
    "de": ("ung|ungen|keit|heit|lich|liche|isch|icht|acht", "sch|ver|ges|ein|zur", "en|er|ern"),
    "it": (
        "zione|zioni|mente|ando|endo|ato|ata|ati|issimo|issima|aggio|cchi|glio",
        "qu",
        "are|ere|ire|tto|tta",
    ),
    "pt": ("cao|coes|dade|mente|ando|endo|inho|agem|aram|eram", "nh|lh", "ar|ado|ada|os|as"),
    "nl": ("ij|ijk|heid|lijk|lijke|tje|tjes|aar|eld", "ge|ver|wij", "en|aan|oon"),
}
"""Endings that tell much, beginnings, endings that tell a little; of words not in the lists."""

MARKS: Final = {
    "fr": "èêëîïûùœç",
    "es": "ñ¿¡",
    "de": "ßäöü",
    "it": "ìò",
    "pt": "ãõ",
    "nl": "",
}
"""Letters and signs that few other languages write."""

SURE, HALF, LITTLE = 0.6, 0.4, 0.2


def _word_weights() -> Mapping[str, Mapping[str, float]]:
    holders: dict[str, list[str]] = {}
    for language, words in _WORDS.items():
        for word in dict.fromkeys(words.split()):
            holders.setdefault(word, []).append(language)
    return {word: dict.fromkeys(has, 1 / len(has)) for word, has in holders.items()}


WORDS: Final = _word_weights()
"""For a word, what it counts for each language that has it."""
LANGUAGES: Final = tuple(_WORDS)


def shapes() -> Mapping[str, tuple[tuple[str, float], ...]]:
    """Return, for each language, patterns of the shape of a word and what they count."""
    return {
        language: (
            (rf"^\w{{2,}}(?:{sure})$", SURE),
            (rf"^(?:{start})\w{{2,}}", HALF),
            (rf"^\w{{2,}}(?:{little})$", LITTLE),
        )
        for language, (sure, start, little) in _SHAPES.items()
    }

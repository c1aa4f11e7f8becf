"""Languages of short texts: found, or said to be unclear."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from cxmetrics.datasets.text import BANK
from cxmetrics.verbatims import detect
from cxmetrics.verbatims.language import evidence

# Written by hand after the evidence was fixed, and not used to change it.
TEXTS = {
    "en": """
        Checkout took forever
        lovely shop, will come back
        GREAT CUSTOMER SERVICE
        the girl at the desk was so kind
        my jacket came with a hole in it
        dont bother ordering here
        They never got back to me
        Quick and painless
        Nothing to add
        App keeps crashing on my phone
        wrong size sent twice
        I was charged twice for the same thing
        not worth the money
        Best pizza in town
        cant find anything on your website
        The toilets were filthy
        easy parking
        Shame about the weather
        Would have liked more vegetarian choice
        waiting since monday
        My husband loves it
        Rubbish
        Brilliant from start to finish
        no one picked up the phone
        very helful staff
        the lift was out of order
        Bit pricey but worth it
        thank u so much
        Delivery guy left the box in the rain
        I would give zero stars if I could
        Smooth ride, clean seats
        PLEASE HIRE MORE PEOPLE
        Why is there no heating?
        it's ok
        Kids were bored
        They shouldn't treat people like that
        Missed my train because of you
        Your driver was rude to my mother
        Coffee was cold
        Happy with everything
        could not log in
        Too many emails
        I'll be back
        Fair price
        terible experience
        Still no refund after three weeks
        Nice view from the room
        Would not stay here again
        Where is my order
        What a joke
        I had to ask three different people
        Everything as described
        The font is too small to read
        Lost luggage, no apology
        Good value
        Friendly but slow
        they told me it would be free
        Perfectly organised
        Hidden charges at the end
        more staff needed at weekends
        Music was way too loud
        Love love love
        Speak to a human? Impossible!
        Did what it says
        Always a pleasure
        Not sure I'd use it again
        Two hours on hold
        Seats need replacing
        We felt welcome
        Instructions were unclear
    """,
    "fr": """
        Caisse trop lente
        jolie boutique, je reviendrai
        SERVICE CLIENT AU TOP
        la dame de l'accueil était adorable
        ma veste est arrivée trouée
        ne commandez surtout pas ici
        Ils ne m'ont jamais recontacté
        Rapide et efficace
        Rien à ajouter
        L'appli plante sans arrêt
        mauvaise taille envoyée deux fois
        J'ai été débité deux fois
        ca ne vaut pas le prix
        La meilleure pizza de la ville
        impossible de trouver quoi que ce soit sur votre site
        Les toilettes étaient dégoûtantes
        on se gare facilement
        Dommage pour la météo
        J'aurais aimé plus de choix végétarien
        j'attends depuis lundi
        Mon mari adore
        Nul
        Parfait du début à la fin
        personne ne décroche
        personel tres aimable
        l'ascenseur était en panne
        Un peu cher mais ça vaut le coup
        merci bcp
        Le livreur a laissé le carton sous la pluie
        Zéro étoile si je pouvais
        Trajet agréable, sièges propres
        EMBAUCHEZ DU MONDE SVP
        Pourquoi n'y a-t-il pas de chauffage ?
        c'est correct
        Les enfants se sont ennuyés
        On ne traite pas les gens comme ça
        J'ai raté mon train à cause de vous
        Votre chauffeur a été grossier avec ma mère
        Le café était froid
        Content de tout
        pas moyen de me connecter
        Trop de courriels
        Je reviendrai
        Prix correct
        experience tres decevante
        Toujours pas remboursé après trois semaines
        Belle vue depuis la chambre
        Nous n'y retournerons plus
        Où est ma commande
        C'est une blague
        J'ai dû demander à trois personnes
        Tout est conforme
        Les caractères sont trop petits
        Valise perdue, aucune excuse
        Bon rapport qualité-prix
        Aimable mais lent
        on m'avait dit que ce serait gratuit
        Très bien organisé
        Frais cachés au moment de payer
        il manque du monde le week-end
        La musique était beaucoup trop forte
        J'adore
        Parler à un humain ? Impossible !
        Conforme à la description
        Toujours un plaisir
        Pas sûr de recommencer
        Deux heures au téléphone
        Les fauteuils sont à changer
        On s'est sentis bienvenus
        Explications pas claires
    """,
    "es": """
        La cola era demasiado larga
        Muy buen servicio
        No me contestaron nunca
        El personal fue muy amable
        Todo perfecto, gracias
        Tardaron tres semanas en enviar el pedido
        Demasiado caro para lo que es
        El baño estaba sucio
        No funciona la página
        Volveré sin duda
        LLEGO TARDE Y ROTO
        ¿Dónde está mi paquete?
        Nadie me ayudó con la maleta
        Una atención pésima
    """,
    "de": """
        Die Schlange war viel zu lang
        Sehr gute Beratung
        Niemand hat mir geantwortet
        Das Personal war sehr freundlich
        Alles bestens, danke
        Die Lieferung hat drei Wochen gedauert
        Zu teuer für das, was man bekommt
        Die Toilette war schmutzig
        Die Seite funktioniert nicht
        Ich komme gerne wieder
        LEIDER IMMER NOCH NICHT DA
        Wo ist mein Paket?
    """,
    "it": """
        La fila era troppo lunga
        Ottimo servizio
        Non mi hanno mai risposto
        Il personale è stato molto gentile
        Tutto perfetto, grazie
        La consegna è arrivata dopo tre settimane
        Troppo caro per quello che è
        Il bagno era sporco
        Il sito non funziona
        Tornerò sicuramente
        Dov'è il mio pacco?
        Nessuno mi ha aiutato con la valigia
    """,
    "pt": """
        A fila era muito comprida
        Ótimo atendimento
        Nunca me responderam
        Os funcionários foram muito simpáticos
        Tudo perfeito, obrigado
        A entrega demorou três semanas
        Caro demais para o que é
        O site não funciona
        Voltarei com certeza
        Onde está a minha encomenda?
    """,
    "nl": """
        De rij was veel te lang
        Heel goede service
        Niemand heeft mij geantwoord
        Het personeel was erg vriendelijk
        Alles prima, bedankt
        De levering duurde drie weken
        Te duur voor wat het is
        De website werkt niet
        Ik kom zeker terug
        Waar is mijn pakket?
    """,
    "und": """
        ok
        10/10
        👍👍👍
        Wifi
        SNCF
        ???
        Samsung Galaxy S21
        -
        Olá
        Kolejka była zdecydowanie za długa
        Kön var alldeles för lång
        Jono oli aivan liian pitkä
        Очередь была слишком длинной
        排队时间太长了
        カスタマーサービスは最高でした
        الخدمة ممتازة
    """,
}
LABELLED = [
    (tag, line.strip()) for tag, lines in TEXTS.items() for line in lines.strip().splitlines()
]


def test_short_texts_that_were_kept_apart() -> None:
    assert len(LABELLED) >= 200
    found = Counter((tag, detect(text)) for tag, text in LABELLED)
    for tag in ("en", "fr"):
        many = sum(times for (own, _), times in found.items() if own == tag)
        wrong = sum(times for (own, said), times in found.items() if own == tag != said != "und")
        assert found[tag, tag] / many >= 0.90
        assert wrong / many <= 0.03
    others = [detect(text) for tag, text in LABELLED if tag not in {"en", "fr"}]
    assert sum(said in {"en", "fr"} for said in others) <= 3
    right = sum(times for (own, said), times in found.items() if own == said)
    unsaid = sum(times for (own, said), times in found.items() if own != said == "und")
    assert right / len(LABELLED) >= 0.90
    assert (right + unsaid) / len(LABELLED) >= 0.97


def test_the_sentences_of_the_generated_company() -> None:
    assert [detect(text) for text in BANK] == (["en"] * 4 + ["fr"] * 4) * (len(BANK) // 8)


def test_real_texts_in_capitals_with_spelling_errors(shared: Path) -> None:
    with (shared / "data/sfo/sfo_2017_2018_tidy.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["problem_verbatim"].strip()]
    found = Counter((row["language"] == "es", detect(row["problem_verbatim"])) for row in rows)
    assert found[True, "es"] == 3
    assert found[False, "en"] >= 330
    assert found[False, "en"] + found[False, "und"] == len(rows) - 3


@pytest.mark.parametrize("text", ["", " ", "\n", "\u200b", "é" * 100_000, "a" * 100_000])
def test_nothing_to_go_by_is_unclear(text: str) -> None:
    assert detect(text) == "und"


def test_accents_capitals_and_apostrophes_do_not_matter() -> None:
    assert evidence("L’ATTENTE ETAIT LONGUE")["fr"] == evidence("l'attente etait longue")["fr"]

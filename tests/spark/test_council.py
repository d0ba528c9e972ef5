"""What titles of council papers tell without being told on."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from spark_jobs.transforms.council import names_nobody, topics


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("Kostenloses W-LAN und 5G am Markt", '["connectivity"]'),
        ("Smart City: Open Data und LoRaWAN", '["open_data","smart_city"]'),
        ("Multifunktions-App „digital@Muster“", '["digital_services","digitalisation"]'),
        ("IT-Sicherheit der Stadt", '["information_technology"]'),
        ("Hartz-IV-Sanktionen, E-Scooter und Kapp-Graben", None),
        ("", None),
        (None, None),
    ],
)
def test_topics_of_a_title(spark: SparkSession, title: str | None, found: str | None) -> None:
    assert spark.range(1).select(topics(F.lit(title).cast("string"))).first()[0] == found


@pytest.mark.parametrize(
    "text",
    ["Empfang für Frau Muster", "Anfrage StRn Muster", "Ausscheiden von Stadtrat Dr. Max Muster", "Herrn Öztürk", None],
)
def test_a_form_of_address_hides_the_text(spark: SparkSession, text: str | None) -> None:
    assert spark.range(1).select(names_nobody(F.lit(text).cast("string"))).first()[0] is None


@pytest.mark.parametrize("text", ["Ortschaftsrat Durlach (öffentlich)", "Frauenbeirat", "Stadtrat", "Kunstkommission"])
def test_a_committee_keeps_its_name(spark: SparkSession, text: str) -> None:
    assert spark.range(1).select(names_nobody(F.lit(text))).first()[0] == text

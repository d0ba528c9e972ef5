"""The official shapes of DCAT-AP.de, and our code lists against the official vocabularies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from rdflib import DCAT, DCTERMS, RDF, XSD, Graph, Literal, Namespace, URIRef
from rdflib.namespace import SKOS

from opendata import PublishRefused, licences, publisher, shapes, terms
from opendata.terms import DCATDE, EU, SPDX, VCARD
from tests.unit.opendata.house import BASE, House

DATASET = URIRef(f"{BASE}/dataset/connectivity")
CSV = URIRef(f"{BASE}/dataset/connectivity/csv")
CONTACT = URIRef(f"{BASE}/publisher/contact")


@pytest.fixture
def good(house: House) -> Graph:
    """The catalogue as it is published."""
    house.publish()
    return Graph().parse(data=house.entry)


def test_the_catalogue_passes_the_official_shapes(shapes_dir: Path) -> None:
    house = House(shapes_dir)
    house.license_grants()
    report = house.publish()
    assert report.shapes_checked
    assert {warning.split(" ")[1].rsplit("#", 1)[-1] for warning in report.warnings} == {"landingPage"}


MUTATIONS: dict[str, Callable[[Graph], object]] = {
    "no contributor (conventions of 2.0)": lambda g: g.remove((DATASET, DCATDE.contributorID, None)),
    "contributor outside the list": lambda g: g.set((DATASET, DCATDE.contributorID, URIRef("http://dcat-ap.de/x"))),
    "no licence": lambda g: g.remove((CSV, DCTERMS.license, None)),
    "no publisher": lambda g: g.remove((DATASET, DCTERMS.publisher, None)),
    "no title": lambda g: g.remove((DATASET, DCTERMS["title"], None)),
    "unknown theme": lambda g: g.set((DATASET, DCAT.theme, URIRef(EU + "data-theme/XXXX"))),
    "unknown frequency": lambda g: g.set((DATASET, DCTERMS.accrualPeriodicity, URIRef(EU + "frequency/X"))),
    "unknown access right": lambda g: g.set((DATASET, DCTERMS.accessRights, URIRef(EU + "access-right/X"))),
    "unknown language": lambda g: g.set((DATASET, DCTERMS.language, Literal("de"))),
    "unknown format": lambda g: g.set((CSV, DCTERMS["format"], URIRef(EU + "file-type/GEOPARQUET"))),
    "unknown district": lambda g: g.set((DATASET, DCTERMS.spatial, URIRef(terms.GEOCODING + "districtKey/05999"))),
    "media type elsewhere": lambda g: g.set((CSV, DCAT.mediaType, URIRef("https://example.org/csv"))),
    "size as decimal": lambda g: g.set((CSV, DCAT.byteSize, Literal("1", datatype=XSD.decimal))),
    "no address": lambda g: g.remove((CSV, DCAT.accessURL, None)),
    "contact without address": lambda g: g.remove((CONTACT, VCARD.hasURL, None)),
    "period without ends": lambda g: [
        g.remove((URIRef(f"{DATASET}#temporal"), p, None)) for p in (DCAT.startDate, DCAT.endDate)
    ],
    "checksum without value": lambda g: g.remove((URIRef(f"{CSV}#checksum"), SPDX.checksumValue, None)),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_the_official_shapes_catch(good: Graph, shapes_dir: Path, name: str) -> None:
    assert shapes.check(good, shapes_dir).violations == ()
    MUTATIONS[name](good)
    assert shapes.check(good, shapes_dir).violations


def test_deprecated_properties_are_warned_of(good: Graph, shapes_dir: Path) -> None:
    good.add((DATASET, DCATDE.legalBasis, Literal("x")))
    assert any("legalBasis" in warning for warning in shapes.check(good, shapes_dir).warnings)


def test_a_violation_refuses_the_run(shapes_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(shapes_dir)
    facts = publisher.load().model_copy(update={"contributor_id": "http://dcat-ap.de/def/contributors/nobody"})
    monkeypatch.setattr(publisher, "load", lambda: facts)
    with pytest.raises(PublishRefused, match="K12&13"):
        house.publish()
    assert house.store.public() == {}


def test_shapes_that_are_asked_for_are_never_skipped(tmp_path: Path) -> None:
    with pytest.raises(PublishRefused, match=r"DCAT_SHAPES_DIR: shapes-3.0/dcat-ap-SHACL.ttl cannot be read"):
        House(tmp_path).publish()


def test_our_open_licences_are_those_of_the_official_list(shapes_dir: Path) -> None:
    official = Graph().parse(shapes_dir / "vocab" / "dcat-ap-de-licenses-open.rdf")
    is_open = Namespace("http://govdata.de/mqa/#")["isOpenLicense"]
    assert {str(s) for s, o in official.subject_objects(is_open) if str(o) == "true"} == set(licences.OPEN)


def test_our_code_lists_are_in_the_official_vocabularies(shapes_dir: Path) -> None:
    official = Graph().parse(shapes_dir / "vocab-min.ttl")

    def codes(scheme: str) -> set[str]:
        return {str(s).rsplit("/", 1)[1] for s in official.subjects(SKOS.inScheme, URIRef(scheme))}

    assert codes(EU + "data-theme") == terms.THEMES
    assert codes(EU + "frequency") == terms.FREQUENCIES
    assert codes(EU + "planned-availability") == {str(iri).rsplit("/", 1)[1] for iri in terms.AVAILABILITIES}
    assert codes(terms.GEOCODING + "Level") == terms.GEOCODING_LEVELS
    assert {str(form).rsplit("/", 1)[1] for form in terms.FORMATS} <= codes(EU + "file-type")
    assert publisher.load().contributor_id.rsplit("/", 1)[1] in codes("http://dcat-ap.de/def/contributors")
    assert terms.LOCAL_AUTHORITY in set(
        official.subjects(SKOS.inScheme, URIRef("http://purl.org/adms/publishertype/1.0"))
    )
    assert (terms.SHA256, RDF.type, SPDX.ChecksumAlgorithm) in official

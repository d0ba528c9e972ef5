"""Terms of DCAT-AP.de 3.0: namespaces, code lists and what the profile no longer allows.

The lists are facts of the published vocabularies (GovData, EU Publications Office); the tests compare them with the
official files.
"""

from __future__ import annotations

from rdflib import DCAT, DCTERMS, FOAF, OWL, RDF, RDFS, XSD, Graph, Namespace, URIRef

ADMS = Namespace("http://www.w3.org/ns/adms#")
DCATAP = Namespace("http://data.europa.eu/r5r/")
DCATDE = Namespace("http://dcat-ap.de/def/dcatde/")
SPDX = Namespace("http://spdx.org/rdf/terms#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")

EU = "http://publications.europa.eu/resource/authority/"
LICENCES = "http://dcat-ap.de/def/licenses/"
GEOCODING = "http://dcat-ap.de/def/politicalGeocoding/"

LANGUAGE_DE = URIRef(EU + "language/DEU")
ACCESS_PUBLIC = URIRef(EU + "access-right/PUBLIC")
AVAILABLE = URIRef(EU + "planned-availability/AVAILABLE")
LOCAL_AUTHORITY = URIRef("http://purl.org/adms/publishertype/LocalAuthority")
SHA256 = URIRef("http://spdx.org/rdf/terms#checksumAlgorithm_sha256")

THEMES = frozenset("AGRI ECON EDUC ENER ENVI GOVE HEAL INTR JUST REGI SOCI TECH TRAN".split())
FREQUENCIES = frozenset(
    "10MIN 12HRS 15MIN 1MIN 30MIN 5MIN ANNUAL ANNUAL_2 ANNUAL_3 AS_NEEDED BIDECENNIAL BIENNIAL BIHOURLY BIMONTHLY "
    "BIWEEKLY CONT DAILY DAILY_2 DECENNIAL HOURLY IRREG MONTHLY MONTHLY_2 MONTHLY_3 NEVER NOT_PLANNED OTHER "
    "QUADRENNIAL QUARTERLY QUINQUENNIAL TRIDECENNIAL TRIENNIAL TRIHOURLY UNKNOWN UPDATE_CONT WEEKLY WEEKLY_2 "
    "WEEKLY_3".split()
)
AVAILABILITIES = frozenset(
    URIRef(EU + "planned-availability/" + code) for code in ("AVAILABLE", "EXPERIMENTAL", "STABLE", "TEMPORARY")
)
GEOCODING_LEVELS = frozenset(
    ["international", "european", "federal", "state", "administrativeDistrict", "municipality"]
)
SPATIAL = (
    rf"^{GEOCODING}(stateKey/\d{{2}}|governmentDistrictKey/\d{{3}}|districtKey/\d{{5}}"
    r"|regionalKey/\d{12}|municipalityKey/\d{8})$"
)

# file-type code → IANA media type; the catalogue knows no other format
FORMATS = {
    URIRef(EU + "file-type/CSV"): URIRef("https://www.iana.org/assignments/media-types/text/csv"),
    URIRef(EU + "file-type/PARQUET"): URIRef(
        "https://www.iana.org/assignments/media-types/application/vnd.apache.parquet"
    ),
}

DEPRECATED_PROPERTIES = frozenset(
    [
        DCATDE.politicalGeocodingURI,
        DCATDE.geocodingDescription,
        DCATDE.legalBasis,
        DCATDE.qualityProcessURI,
        DCATDE.originator,
        DCATDE.maintainer,
        DCTERMS.hasVersion,
        DCTERMS.isVersionOf,
        DCTERMS.source,  # convention 21, not deprecated but never to be used
        OWL.versionInfo,
    ]
)
DEPRECATED_CODES = (
    "http://dcat-ap.de/def/hashAlgorithms/",
    "http://purl.org/adms/status/",
)
PERSONS = frozenset([FOAF.Person, VCARD.Individual, URIRef("http://www.w3.org/ns/prov#Person")])


def new_graph() -> Graph:
    """An empty graph that writes the usual prefixes and no others."""
    graph = Graph(bind_namespaces="none")
    for prefix, namespace in {
        "adms": ADMS,
        "dcat": DCAT,
        "dcatap": DCATAP,
        "dcatde": DCATDE,
        "dct": DCTERMS,
        "foaf": FOAF,
        "rdf": RDF,
        "rdfs": RDFS,
        "spdx": SPDX,
        "vcard": VCARD,
        "xsd": XSD,
    }.items():
        graph.bind(prefix, str(namespace))
    return graph

"""Where the checkout, the built tools and the state of a stack are, and how a file comes to be there."""

import hashlib
import importlib.util
import os
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
INFRA = CHECKOUT / "infra"
TOOLS = CHECKOUT / ".tools"


def state_dir() -> Path:
    """Folder of everything a stack writes: ``SMARTVEST_STATE_DIR``, by default ``.state`` in the checkout."""
    return Path(os.environ.get("SMARTVEST_STATE_DIR") or CHECKOUT / ".state").absolute()


def spark_home() -> Path:
    """Folder of the Spark distribution inside the installed pyspark, found without importing it."""
    spec = importlib.util.find_spec("pyspark")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("pyspark is not installed: run `make setup`.")
    return Path(spec.origin).parent


def content_key(*files: Path) -> str:
    """First 12 hex digits of the SHA-256 over the files' bytes: names a build after its inputs."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def write_private(path: Path, text: str) -> None:
    """Replace a file as a whole; only its owner can read it, from the first byte on."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    unfinished.replace(path)

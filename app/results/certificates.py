"""The certificate of a release's audit, for the command line and files."""

from dataclasses import asdict
from typing import Any

from app.results import service as releases


def certificate_of(wave_id: str) -> dict[str, Any]:
    """Return how a published wave was audited, as JSON types; NotFound if it is not published.

    ``audited`` is False and the other values are None where no audit was needed or the release is older than audits.
    ``determined_sets`` are those left in what is published, ``found`` those that were found and pooled away.
    """
    certificate = releases.get_published(wave_id).certificate
    if certificate is None:
        names = ("seconds", "determined_sets", "pooled", "rules", "found", "passes", "solver")
        return {"wave": wave_id, "audited": False, **dict.fromkeys(names)}
    values = asdict(certificate) | {"pooled": [asdict(step) for step in certificate.pooled]}
    return {"wave": wave_id, "determined_sets": 0 if certificate.audited else None, **values}

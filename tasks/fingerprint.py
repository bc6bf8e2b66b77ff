"""What decides a film's rows besides the film: told in digests, and held against a worker's."""

from typing import Final

from aac_models.device import has_device
from data_contracts.errors import ClusterUnready
from tasks import manifest, staging
from tasks.film_context import FilmContext

# Packages of which a worker must have the version of this machine.
_MUST_MATCH: Final = ("numpy", "onnxruntime", "pillow", "pyarrow", "pydicom", "scipy", "torch")


def fingerprint(context: FilmContext) -> str:
    """Digest of everything but the film itself that decides its rows; 16 hexadecimal digits twice.

    The first are of what decides the clean film, of which there is one at a time.
    """
    cleaning = {
        "profile": context.profile.digest,
        "key": context.pseudonyms().image_id("fingerprint"),
        "code": manifest.code_digest(manifest.FILM_CODE),
    }
    scoring = {
        "weights": weights_of(context),
        "device": context.device.partition(":")[0],
        "whole_films": str(context.whole_films),
        "schemas": staging.SCHEMA.to_string(show_field_metadata=False),
    }
    return "-".join(manifest.digest_of(said)[:16] for said in (cleaning, scoring))


def weights_of(context: FilmContext) -> dict[str, str]:
    """Digest of the weights of each model that the study asks for."""
    known = context.weights_digest()
    if absent := [arm for arm in context.arms if arm not in known]:
        raise ClusterUnready(f"models: no weights for {', '.join(absent)}; train them: aac train")
    return {arm: known[arm] for arm in context.arms}


def facts(context: FilmContext) -> dict[str, str]:
    """Say what a worker must have in common with this machine; see ``tasks.preflight``."""
    shared = {
        "the private folder": context.private,
        "the deidentified folder": context.deidentified,
    }
    if absent := {name: "missing" for name, path in shared.items() if not path.is_dir()}:
        return absent
    versions = {f"package {k}": v for k, v in manifest.versions().items() if k in _MUST_MATCH}
    return versions | {
        "code": manifest.code_digest(manifest.FILM_CODE)[:12],
        "weights": manifest.digest_of(weights_of(context))[:12],
        "study key": context.pseudonyms().image_id("fingerprint")[:10],
        "device": context.device if has_device(context.device) else "missing",
    }

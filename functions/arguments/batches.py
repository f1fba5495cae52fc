"""Batches and webhooks as arguments of steps."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, ValidationInfo

from functions.check import flow_of, refuse


def _batch(batch_id: str) -> str:
    if not re.fullmatch(r"[0-9A-Za-z_-]{1,64}", batch_id):
        raise refuse("bad_batch_id", f"`{batch_id[:100]}` is no id of a batch", "POST /batches gives it as `id`")
    return batch_id


def _webhook(url: str, info: ValidationInfo) -> str:
    flow = flow_of(info)
    if flow is not None and flow.check_url is not None:
        flow.check_url(url)
    return url


#: The id of a batch.
BatchId = Annotated[str, AfterValidator(_batch)]
#: The URL of a webhook.
WebhookUrl = Annotated[str, AfterValidator(_webhook)]

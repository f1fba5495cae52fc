"""Settings that are none."""

from __future__ import annotations

from server.settings import unknown_settings


def test_what_looks_like_a_setting_and_is_none_is_told_with_a_near_name():
    environ = ["PATH", "SPEEDY_PORT", "SPEEDY_REDIS_URL", "SPEEDY_API_KEY", "SPEEDY_XYZZY", "REDIS_URL"]
    assert unknown_settings(environ) == {"SPEEDY_API_KEY": "did you mean `SPEEDY_API_KEYS`?", "SPEEDY_XYZZY": None}

"""Sign-in by Streamlit's own `st.login`, where the one who runs the server asks for it."""

import os

import streamlit as st

from emargin_core.text.language import gettext as _

REQUIRE_VARIABLE = "EMARGIN_REQUIRE_LOGIN"


def is_required() -> bool:
    """Whether nobody may see a page without signing in; a typing error keeps the door shut."""
    asked = os.environ.get(REQUIRE_VARIABLE, "").strip().lower()
    return asked not in ("", "0", "false", "no", "off")


def require_sign_in() -> None:
    """Stop here with a way to sign in, unless it is not required or the visitor has done so."""
    if not is_required() or st.user.get("is_logged_in", False):
        return
    st.markdown(_("### Sign in"))
    if not _has_provider():
        st.error(
            _(
                "Signing in is required but has not been set up: the secrets have no [auth] "
                "section (see docs/security.md)."
            ),
            icon=":material/lock:",
        )
    else:
        st.markdown(_("Only registered people may see this page."))
        st.button(_("Sign in"), on_click=st.login, type="primary", icon=":material/login:")
    st.stop()


def _has_provider() -> bool:
    try:
        return "auth" in st.secrets
    except FileNotFoundError:
        return False

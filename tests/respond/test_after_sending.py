"""After Send, a page that is opened again says that the answers have arrived, and nothing to anybody else."""

import pytest

from tests.respond.test_own_draft import PIN, Tabs, tabs
from tests.support.client import press

__all__ = ["tabs"]


@pytest.mark.parametrize("path", ["/r/start", "/r/page/1", "/r/check", "/r/save"])
def test_a_page_that_is_opened_again_after_send_leads_to_the_thank_you(tabs: Tabs, path: str) -> None:
    press(tabs.client, tabs.client.request("GET", "/r/check"))  # the thank-you was not shown: the signal was lost

    answer = tabs.client.request("GET", path)

    assert (answer.status, answer.headers["location"]) == (303, "/r/done")
    assert tabs.client.get("/r/done").data_page == "done"
    assert tabs.client.request("GET", path).data_page == "nothing-here", "the mark went with the thank-you"


def test_a_page_of_the_next_person_never_leads_to_the_thank_you_of_the_one_before(tabs: Tabs) -> None:
    press(tabs.client, tabs.client.request("GET", "/r/check"))
    tabs.open_second()
    press(tabs.client, tabs.client.request("GET", "/r/save"), pin=PIN)

    assert tabs.client.request("GET", "/r/check").data_page == "nothing-here"


def test_who_has_seen_the_thank_you_reads_that_the_answers_have_arrived(tabs: Tabs) -> None:
    press(tabs.client, tabs.client.request("GET", "/r/check"))
    assert tabs.client.request("GET", "/r/done").data_page == "done"

    page = tabs.client.request("GET", "/r/check")

    assert page.data_page == "nothing-here"
    assert "If you have seen our thank-you, your answers have been sent. They are safe." in page.words

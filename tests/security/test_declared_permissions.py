"""Every staff view declares the permission that is written down here, and asks for the password where it should."""

from flask import Flask

from app.core.permissions import Permission
from app.web.requires import need_of

DECLARED = {
    Permission.SIGN_IN: "accounts.enrol accounts.second_factor accounts.set_up accounts.show_help accounts.sign_in",
    Permission.OWN_ACCOUNT: "accounts.confirm accounts.show_account accounts.sign_out accounts.sign_out_everywhere "
    "accounts.stay",
    Permission.KEEP_ACTIONS: "actions.edit_action actions.edit_text",
    Permission.VIEW_RESULTS: "actions.show_board evidence.list_evidence evidence.show_evidence gallery.show_gallery "
    "home.show_home "
    "home.who_sees_what staff_results.show_round staff_results.show_survey",
    Permission.KEEP_EVIDENCE: "evidence.download_evidence evidence.edit_figure evidence.edit_rival "
    "evidence.rate_evidence",
    Permission.VIEW_WAVES: "batches.list_batches keys.list_keys paper.show_paper rounds.list_rounds rounds.show_round",
    Permission.KEEP_TALLY: "offers.count_offers offers.list_offers",
    Permission.MANAGE_WAVES: "own_words.choose own_words.edit_reading_day rounds.cancel_round "
    "rounds.close_round rounds.delete_round rounds.edit_dates rounds.edit_frame rounds.new_round rounds.open_round",
    Permission.MAKE_RELEASE: "rounds.edit_public_day rounds.release_round",
    Permission.ISSUE_CARDS: "batches.new_batch batches.print_pending batches.show_pending batches.void_cards",
    Permission.READ_WORDS: "comments.list_comments comments.note_restored comments.read_comment comments.report_harm "
    "comments.show_desk comments.show_rule masking.decide_quote masking.list_quotes masking.mask_comment",
    Permission.READ_MASKED: "masking.list_versions themes.code_comment themes.download themes.show_codebook "
    "themes.show_grid",
    Permission.KEEP_THEMES: "themes.edit_theme themes.list_sources themes.show_agreement",
    Permission.DECIDE_HARM: "comments.decide_report comments.list_reports",
    Permission.DESTROY_KEYS: "keys.ask_destruction keys.show_destruction",
    Permission.ENTER_ANSWERS: "assisted_entry.create_link",
    Permission.MANAGE_ACCOUNTS: "people.deactivate_person people.edit_person people.list_people people.make_link "
    "people.new_person",
    Permission.READ_AUDIT: "audit_log.download_log audit_log.show_log",
}
CONFIRMED = (
    "batches.new_batch batches.print_pending batches.show_pending batches.void_cards keys.ask_destruction "
    "keys.show_destruction people.deactivate_person people.edit_person people.make_link people.new_person "
    "rounds.cancel_round rounds.close_round rounds.edit_dates rounds.edit_public_day rounds.open_round "
    "rounds.release_round"
)
"""Views that ask for the password again when it was not confirmed lately."""
SECOND_FACTOR = {Permission.READ_WORDS, Permission.READ_MASKED, Permission.DECIDE_HARM, Permission.KEEP_THEMES}
"""All views with these permissions, and no others, ask for an account with a second factor."""


def test_views_declare_what_is_written_here(app: Flask) -> None:
    found = {name: need for name in app.view_functions if (need := need_of(name))}
    written = {name: permission for permission, names in DECLARED.items() for name in names.split()}
    assert {name: need.permission for name, need in found.items()} == written
    assert {name for name, need in found.items() if need.confirm_password} == set(CONFIRMED.split())
    assert {name for name, need in found.items() if need.second_factor} == {
        name for name, need in found.items() if need.permission in SECOND_FACTOR
    }

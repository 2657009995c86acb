// Words marked in the comment go into the box "Words to leave out"; without this script they are copied by hand.
(function () {
  var comment = document.getElementById("words-of-comment"), box = document.getElementById("words");
  if (!comment || !box) return;
  document.addEventListener("selectionchange", function () {
    var chosen = document.getSelection();
    if (chosen.isCollapsed || !comment.contains(chosen.anchorNode) || !comment.contains(chosen.focusNode)) return;
    box.value = chosen.toString().trim().replace(/\s+/g, " ");
  });
})();

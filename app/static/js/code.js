// A scanned card carries its code behind the "#", which no server ever sees. Put it into the box and forget it.
(function () {
  var box = document.getElementById("code");
  var code = decodeURIComponent(location.hash.slice(1));
  if (!box || !/^[0-9 ]{15,19}$/.test(code)) return;
  box.value = code.replace(/ /g, "").replace(/(\d{3})(?=\d)/g, "$1 ");
  history.replaceState(null, "", location.pathname);
})();

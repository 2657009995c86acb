// A scanned card has its code after the "#", which browsers do not send. Fill it in and remove it from the address.
(function () {
  var box = document.getElementById("code");
  var code = decodeURIComponent(location.hash.slice(1));
  if (!box || !/^[0-9 ]{15,19}$/.test(code)) return;
  box.value = code.replace(/ /g, "").replace(/(\d{3})(?=\d)/g, "$1 ");
  history.replaceState(null, "", location.pathname);
})();

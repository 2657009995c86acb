// Two minutes before the idle limit, a button offers to stay signed in; without this script, the footer states the limit.
(function () {
  var foot = document.querySelector("[data-idle]");
  if (!foot) return;
  var box = foot.querySelector(".stay"), button = box.querySelector("button"), timer;
  function start() {
    box.hidden = true;
    clearTimeout(timer);
    timer = setTimeout(function () { box.hidden = false; }, (foot.dataset.idle - 2) * 60000);
  }
  button.addEventListener("click", function () {
    var body = new FormData();
    body.append("csrf_token", button.dataset.token);
    fetch(button.dataset.stay, { method: "POST", body: body, credentials: "same-origin" }).then(function (answer) {
      if (answer.ok) start();
    });
  });
  start();
})();

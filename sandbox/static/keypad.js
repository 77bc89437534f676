// The number keys; without this script the code is typed into the field.
const keys = document.getElementById("keys");
const code = document.getElementById("code");
keys.hidden = false;
keys.addEventListener("click", ({ target }) => {
  const key = target.dataset.key;
  if (key === undefined) return;
  code.value = key === "" ? "" : (code.value + key).slice(0, code.maxLength);
});

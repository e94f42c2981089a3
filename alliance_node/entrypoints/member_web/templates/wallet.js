// The only script of the member's pages: gives what is to be signed to the browser's wallet (EIP-1193) and puts the
// answer into the form. Without a wallet in the browser its buttons stay hidden, and the forms work by hand.
"use strict";

const provider = window.ethereum;

function hex(text) {
  return "0x" + Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function fill(button, form) {
  const { wallet, account } = button.dataset;
  if (wallet === "eth_requestAccounts") {
    [form.elements.address.value] = await provider.request({ method: wallet });
    return;
  }
  const payload = document.querySelector("[data-field=payload]").value;
  const params = wallet === "personal_sign" ? [hex(payload), account] : [account, payload];
  form.elements.signature.value = await provider.request({ method: wallet, params });
}

for (const button of provider ? document.querySelectorAll("button[data-wallet]") : []) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const told = document.querySelector("[data-field=wallet-says]");
    button.disabled = true;
    try {
      const form = button.closest("section").querySelector("form");
      await fill(button, form);
      form.requestSubmit();
    } catch (error) {
      told.textContent = String(error.message ?? error);
    } finally {
      button.disabled = false;
    }
  });
}

"""Use cases about members' own wallets: linking by signature, points into a wallet, intents that a wallet signed."""

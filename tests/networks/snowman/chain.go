package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"github.com/ava-labs/avalanchego/ids"
	"github.com/ava-labs/avalanchego/utils/constants"
	"github.com/ava-labs/avalanchego/utils/crypto/secp256k1"
	"github.com/ava-labs/avalanchego/vms/platformvm/txs"
	"github.com/ava-labs/avalanchego/vms/secp256k1fx"
	pwallet "github.com/ava-labs/avalanchego/wallet/chain/p/wallet"
	"github.com/ava-labs/avalanchego/wallet/subnet/primary"
)

const subnetLife = 30 * 24 * time.Hour

type chainMade struct {
	Subnet ids.ID `json:"subnet"`
	Chain  ids.ID `json:"chain"`
}

// makeChain: a subnet of the owner's, the network's validators on it with one vote each, and an EVM chain.
func makeChain(ctx context.Context, uri, directory, genesisFile string) (chainMade, error) {
	owner, nodes, genesis, err := readFiles(directory, genesisFile)
	if err != nil {
		return chainMade{}, err
	}
	wallet, err := primary.MakePWallet(ctx, uri, secp256k1fx.NewKeychain(owner), primary.WalletConfig{})
	if err != nil {
		return chainMade{}, err
	}
	owned := &secp256k1fx.OutputOwners{Threshold: 1, Addrs: []ids.ShortID{owner.Address()}}
	subnet, err := wallet.IssueCreateSubnetTx(owned)
	if err != nil {
		return chainMade{}, err
	}
	// A wallet knows the owners of the subnets that existed when it was made.
	wallet, err = primary.MakePWallet(
		ctx, uri, secp256k1fx.NewKeychain(owner), primary.WalletConfig{SubnetIDs: []ids.ID{subnet.ID()}},
	)
	if err != nil {
		return chainMade{}, err
	}
	if err := addValidators(wallet, subnet.ID(), nodes); err != nil {
		return chainMade{}, err
	}
	chain, err := wallet.IssueCreateChainTx(subnet.ID(), genesis, constants.SubnetEVMID, nil, "alliance")
	if err != nil {
		return chainMade{}, err
	}
	return chainMade{Subnet: subnet.ID(), Chain: chain.ID()}, nil
}

func addValidators(wallet pwallet.Wallet, subnet ids.ID, nodes []ids.NodeID) error {
	end := uint64(time.Now().Add(subnetLife).Unix())
	for _, node := range nodes {
		validator := &txs.SubnetValidator{Validator: txs.Validator{NodeID: node, End: end, Wght: 1}, Subnet: subnet}
		if _, err := wallet.IssueAddSubnetValidatorTx(validator); err != nil {
			return err
		}
	}
	return nil
}

func readFiles(directory, genesisFile string) (*secp256k1.PrivateKey, []ids.NodeID, []byte, error) {
	owner, nodes := new(secp256k1.PrivateKey), []ids.NodeID(nil)
	text, err := os.ReadFile(filepath.Join(directory, ownerFile))
	if err != nil {
		return nil, nil, nil, err
	}
	if err := owner.UnmarshalText(text); err != nil {
		return nil, nil, nil, err
	}
	listed, err := os.ReadFile(filepath.Join(directory, idsFile))
	if err != nil {
		return nil, nil, nil, err
	}
	if err := json.Unmarshal(listed, &nodes); err != nil {
		return nil, nil, nil, err
	}
	genesis, err := os.ReadFile(genesisFile)
	return owner, nodes, genesis, err
}

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/ava-labs/avalanchego/genesis"
	"github.com/ava-labs/avalanchego/ids"
	"github.com/ava-labs/avalanchego/staking"
	"github.com/ava-labs/avalanchego/utils/constants"
	"github.com/ava-labs/avalanchego/utils/crypto/bls/signer/localsigner"
	"github.com/ava-labs/avalanchego/utils/crypto/secp256k1"
	"github.com/ava-labs/avalanchego/utils/formatting/address"
	"github.com/ava-labs/avalanchego/utils/units"
	"github.com/ava-labs/avalanchego/vms/platformvm/signer"
)

const (
	networkID  = 20260
	ownerFile  = "owner.key"
	stakeFile  = "stake.key"
	idsFile    = "node-ids.json"
	stakeLock  = 7 * 24 * time.Hour
	stakeLife  = 365 * 24 * time.Hour
	noEthereum = "0x0000000000000000000000000000000000000000"
	// The C-Chain is part of every network of this engine; nothing happens on it here.
	emptyCChain = `{"config":{"chainId":20261},"timestamp":"0x5FCB13D0","gasLimit":"0x5f5e100","difficulty":"0x0","alloc":{}}`
)

type keysMade struct {
	NetworkID uint32       `json:"network_id"`
	NodeIDs   []ids.NodeID `json:"node_ids"`
}

// makeKeys writes node-N/{staker.key,staker.crt,signer.key}, the owner's key, the node ids and genesis.json.
func makeKeys(directory string, count int) (keysMade, error) {
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return keysMade{}, err
	}
	owner, err := makeAddress(filepath.Join(directory, ownerFile))
	if err != nil {
		return keysMade{}, err
	}
	// Everything of the address that stakes is locked for the stake: it can't be the owner's.
	stake, err := makeAddress(filepath.Join(directory, stakeFile))
	if err != nil {
		return keysMade{}, err
	}
	made := keysMade{NetworkID: networkID}
	stakers := make([]genesis.UnparsedStaker, count)
	for number := range stakers {
		if stakers[number], err = makeStaker(filepath.Join(directory, fmt.Sprintf("node-%d", number+1)), stake); err != nil {
			return keysMade{}, err
		}
		made.NodeIDs = append(made.NodeIDs, stakers[number].NodeID)
	}
	if err := writeJSON(filepath.Join(directory, idsFile), made.NodeIDs); err != nil {
		return keysMade{}, err
	}
	return made, writeJSON(filepath.Join(directory, "genesis.json"), networkGenesis(owner, stake, stakers))
}

func makeAddress(keyFile string) (string, error) {
	key, err := secp256k1.NewPrivateKey()
	if err != nil {
		return "", err
	}
	text, err := key.MarshalText()
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(keyFile, text, 0o600); err != nil {
		return "", err
	}
	return address.Format("X", constants.GetHRP(networkID), key.Address().Bytes())
}

func makeStaker(directory, reward string) (genesis.UnparsedStaker, error) {
	certificate := filepath.Join(directory, "staker.crt")
	if err := staking.InitNodeStakingKeyPair(filepath.Join(directory, "staker.key"), certificate); err != nil {
		return genesis.UnparsedStaker{}, err
	}
	pair, err := staking.LoadTLSCertFromFiles(filepath.Join(directory, "staker.key"), certificate)
	if err != nil {
		return genesis.UnparsedStaker{}, err
	}
	parsed, err := staking.ParseCertificate(pair.Leaf.Raw)
	if err != nil {
		return genesis.UnparsedStaker{}, err
	}
	secret, err := localsigner.New()
	if err != nil {
		return genesis.UnparsedStaker{}, err
	}
	if err := os.WriteFile(filepath.Join(directory, "signer.key"), secret.ToBytes(), 0o600); err != nil {
		return genesis.UnparsedStaker{}, err
	}
	possession, err := signer.NewProofOfPossession(secret)
	if err != nil {
		return genesis.UnparsedStaker{}, err
	}
	return genesis.UnparsedStaker{
		NodeID:        ids.NodeIDFromCert(parsed),
		RewardAddress: reward,
		DelegationFee: 20_000,
		Signer:        possession,
	}, nil
}

// networkGenesis: every validator has the same stake, and the owner has coins to pay for the subnet and its chain.
func networkGenesis(owner, stake string, stakers []genesis.UnparsedStaker) genesis.UnparsedConfig {
	now := time.Now()
	staked := genesis.LockedAmount{
		Amount:   uint64(len(stakers)) * units.MegaAvax,
		Locktime: uint64(now.Add(stakeLock).Unix()),
	}
	return genesis.UnparsedConfig{
		NetworkID: networkID,
		Allocations: []genesis.UnparsedAllocation{
			{ETHAddr: noEthereum, AVAXAddr: stake, UnlockSchedule: []genesis.LockedAmount{staked}},
			{ETHAddr: noEthereum, AVAXAddr: owner, UnlockSchedule: []genesis.LockedAmount{{Amount: units.MegaAvax}}},
		},
		StartTime:            uint64(now.Unix()),
		InitialStakeDuration: uint64(stakeLife.Seconds()),
		InitialStakedFunds:   []string{stake},
		InitialStakers:       stakers,
		CChainGenesis:        emptyCChain,
		Message:              "a test network of the alliance",
	}
}

func writeJSON(path string, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o600)
}

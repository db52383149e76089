package service

import (
	"time"

	"askflow/internal/secret"
)

// AccountStatus is what is known about the account. No member holds the key.
type AccountStatus struct {
	// Connected tells whether live runs have what they need.
	Connected bool `json:"connected"`
	// Kept is environment, keyring, file, none (a server that needs no key), or "".
	Kept         string    `json:"kept,omitempty"`
	MaskedKey    string    `json:"maskedKey,omitempty"`
	Organization string    `json:"organization,omitempty"`
	Project      string    `json:"project,omitempty"`
	BaseURL      string    `json:"baseUrl"`
	ConnectedAt  time.Time `json:"connectedAt,omitzero"`
	VerifiedAt   time.Time `json:"verifiedAt,omitzero"`
	// Result of the last check: ok, or the code of the error.
	Result string `json:"result,omitempty"`
	// Models are those the key may use, as of VerifiedAt; nil when not known.
	Models []string       `json:"models,omitempty"`
	Limits []AccountLimit `json:"limits,omitempty"`
	// Locked tells that no subscription of the portal unlocks the action.
	Locked        bool     `json:"locked,omitempty"`
	Subscriptions []string `json:"subscriptions,omitempty"`
	// Unlocking are the subscriptions that unlock it.
	Unlocking []string `json:"unlocking"`
	NeedsKey  bool     `json:"needsKey"`
	Notes     []string `json:"notes,omitempty"`
	// Workflows are the names of those that ask, which uninstalling would stop from asking live.
	Workflows []string `json:"workflows,omitempty"`
}

// AccountLimit is what an account may send for one model, a minute; 0 where it is not known.
type AccountLimit struct {
	Model    string    `json:"model"`
	Requests int       `json:"requestsPerMinute,omitempty"`
	Tokens   int       `json:"tokensPerMinute,omitempty"`
	SeenAt   time.Time `json:"seenAt"`
}

// ConnectRequest connects a key.
type ConnectRequest struct {
	// Key is the zero Secret for a server that needs none, and for Store environment.
	Key secret.Secret
	// Replace puts it in place of a connected one, which stays when anything goes wrong.
	Replace bool
	// Store is keyring, file, environment, or "" for the best there is.
	Store        string
	Organization string
	Project      string
	// Passphrase encrypts the key file, or opens the one that is there.
	Passphrase secret.Secret
}

// Connected is what a check of a key brought.
type Connected struct {
	Status *AccountStatus `json:"status"`
	Models []string       `json:"models"`
	// Probe is the model that was asked the check's one question, CostUSD what it cost.
	Probe   string   `json:"probe,omitempty"`
	CostUSD string   `json:"costUsd,omitempty"`
	Notes   []string `json:"notes,omitempty"`
}

// Removed is what uninstalling did.
type Removed struct {
	From             []string `json:"from"`
	Was              bool     `json:"was"`
	EnvironmentStays bool     `json:"environmentStays,omitempty"`
	// Workflows can no longer ask live.
	Workflows []string `json:"workflows,omitempty"`
	Notes     []string `json:"notes,omitempty"`
}

// KeyPlace is a place that can keep a key.
type KeyPlace struct {
	// Name is keyring, file or environment.
	Name string `json:"name"`
	// Label says what it is on this machine.
	Label string `json:"label"`
	// Unusable says why it cannot be used here, "" when it can.
	Unusable string `json:"unusable,omitempty"`
	// HasKey tells that it holds one for this portal.
	HasKey bool `json:"hasKey,omitempty"`
	// Passphrase tells that it needs one to keep or give a key.
	Passphrase bool `json:"passphrase,omitempty"`
}

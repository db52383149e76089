// Package secrettest is for tests of what touches keys: a keyring in memory, and the search for a key where none may be.
package secrettest

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"

	"askflow/internal/secret"
)

// Ring is a keyring in memory, ready to use as it is. Its fields may be set and read while no call is under way.
type Ring struct {
	// Texts are what it keeps, by user.
	Texts map[string]string
	// Down, where set, is the error of every call, and nothing is kept or removed. Like that of a careless keyring, the error of Set
	// repeats what was to be kept.
	Down error

	mu sync.Mutex
}

var _ secret.Backend = (*Ring)(nil)

// Get returns what is kept for a user; secret.ErrNotFound when that is nothing.
func (r *Ring) Get(_, user string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.Down != nil {
		return "", r.Down
	}
	text, kept := r.Texts[user]
	if !kept {
		return "", secret.ErrNotFound
	}
	return text, nil
}

// Set keeps a text for a user.
func (r *Ring) Set(_, user, text string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.Down != nil {
		return fmt.Errorf("%w: %s was not kept", r.Down, text)
	}
	if r.Texts == nil {
		r.Texts = map[string]string{}
	}
	r.Texts[user] = text
	return nil
}

// Delete removes what is kept for a user; secret.ErrNotFound when that is nothing.
func (r *Ring) Delete(_, user string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.Down != nil {
		return r.Down
	}
	if _, kept := r.Texts[user]; !kept {
		return secret.ErrNotFound
	}
	delete(r.Texts, user)
	return nil
}

// Shows tells whether a text holds one of the keys: whole, in hexadecimal or in base64, also as a part of what was encoded, and of
// a key of 40 characters or more its beginning without the prefix, its middle, or its last twelve characters. What a masked key shows,
// the first eight characters and the last four, is not a part. An empty key shows nowhere.
func Shows(text string, keys ...string) bool {
	for _, key := range keys {
		for _, form := range forms(key) {
			if strings.Contains(text, form) {
				return true
			}
		}
	}
	return false
}

// forms are what a text that holds the key holds one of.
func forms(key string) []string {
	if key == "" {
		return nil
	}
	inHex := hex.EncodeToString([]byte(key))
	list := []string{key, inHex, strings.ToUpper(inHex)}
	if n := len(key); n >= 40 {
		list = append(list, key[8:40], key[n/2:][:20], key[n-12:])
	}
	for before := range 3 { // base64 of a longer text depends on how many bytes stood before the key, in threes
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			encoded := encoding.EncodeToString([]byte(strings.Repeat(" ", before) + key))
			end := len(encoded)
			if (before+len(key))%3 != 0 { // the last letter depends on what follows
				end--
			}
			if from := []int{0, 2, 3}[before]; from < end {
				list = append(list, encoded[from:end])
			}
		}
	}
	return list
}

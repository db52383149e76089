// Package secret holds API keys: a type that cannot print itself, how keys are recognised, and the places that keep one
// (the environment, the system's keyring, an encrypted file).
package secret

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
)

// Secret is a text that must not be seen: printing, logging or encoding one gives its mask, in every format. The zero
// Secret is no secret at all. Copies share the text, so that Zero wipes all of them.
//
// The text hangs on a closure and not on a field, because printers that walk through private fields and pointers by
// reflection stop at a function. It also makes == a compile error; Equal compares.
type Secret struct {
	open func() *vault
}

type vault struct {
	mu   sync.RWMutex
	text []byte
}

// New makes a Secret of any text, as it is. Parse reads what a person pasted.
func New(text string) Secret {
	if text == "" {
		return Secret{}
	}
	v := &vault{text: []byte(text)}
	return Secret{open: func() *vault { return v }}
}

// Reveal is the only way out: the text itself, "" for no secret. What it returns cannot be wiped; keep it for as short
// a time as possible.
func (s Secret) Reveal() string {
	if s.open == nil {
		return ""
	}
	v := s.open()
	v.mu.RLock()
	defer v.mu.RUnlock()
	return string(v.text)
}

// Zero wipes the text in this Secret and all its copies; they are no secret afterwards.
func (s Secret) Zero() {
	if s.open == nil {
		return
	}
	v := s.open()
	v.mu.Lock()
	defer v.mu.Unlock()
	clear(v.text)
	v.text = nil
}

// IsZero tells whether there is no secret.
func (s Secret) IsZero() bool {
	if s.open == nil {
		return true
	}
	v := s.open()
	v.mu.RLock()
	defer v.mu.RUnlock()
	return len(v.text) == 0
}

// Equal compares in constant time.
func (s Secret) Equal(other Secret) bool {
	// Sums of equal length, so that not even the length can be measured.
	a, b := sha256.Sum256([]byte(s.Reveal())), sha256.Sum256([]byte(other.Reveal()))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// Mask is what may be shown: the word in front, an ellipsis, the last four characters; of secrets shorter than 20
// characters only the ellipsis, and nothing when there is no secret.
func (s Secret) Mask() string { return mask(s.Reveal()) }

const (
	ellipsis  = "…"
	shortest  = 20 // shorter texts show nothing of themselves
	shownTail = 4
)

func mask(text string) string {
	switch {
	case text == "":
		return ""
	case len(text) < shortest:
		return ellipsis
	}
	// Only printable ASCII is shown, so that the mask of any text stays harmless and is not cut inside a character.
	tail := text[len(text)-shownTail:]
	if strings.IndexFunc(tail, func(r rune) bool { return r <= ' ' || r > '~' }) >= 0 {
		tail = ""
	}
	return prefixWord(text) + ellipsis + tail
}

// String is the mask.
func (s Secret) String() string { return s.Mask() }

// GoString is the mask.
func (s Secret) GoString() string { return s.Mask() }

// Format writes the mask, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.Mask()) }

// MarshalJSON gives the mask.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(s.Mask()) }

// MarshalText gives the mask.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.Mask()), nil }

// MarshalBinary gives the mask.
func (s Secret) MarshalBinary() ([]byte, error) { return []byte(s.Mask()), nil }

// MarshalYAML gives the mask.
func (s Secret) MarshalYAML() (any, error) { return s.Mask(), nil }

// LogValue is the mask.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.Mask()) }

package secret

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
	"sync"
)

// gram is the length of the shortest part of a key that Hide takes out. OpenAI's own messages show four characters.
const gram = 8

// Hide takes the secret out of a text: the whole of it and every part of at least eight characters, as it is, in base64,
// in hex and escaped for an address. The word in front (sk-proj-) stays. It is for texts of others, such as a server's
// error message, that may quote what they were sent.
func (s Secret) Hide(text string) string { return s.Hider()(text) }

// Hider is Hide for many texts: what it looks for is worked out once, with the first text. It is safe for many
// goroutines.
func (s Secret) Hider() func(text string) string {
	raw := s.Reveal()
	body := raw[len(prefixWord(raw)):]
	switch {
	case raw == "" || len(body) < gram && len(raw) < shownTail: // "x" in place of a key hides nothing, and would hide half of every sentence
		return func(text string) string { return text }
	case len(body) < gram:
		return func(text string) string { return strings.ReplaceAll(text, raw, ellipsis) }
	}
	grams := sync.OnceValue(func() map[string]bool { return gramsOf(raw, body) })
	return func(text string) string {
		if len(text) < gram {
			return text
		}
		return hide(text, grams())
	}
}

// gramsOf collects every run of eight characters in every form of the key.
func gramsOf(raw, body string) map[string]bool {
	grams := map[string]bool{}
	add := func(form string) {
		for i := 0; i+gram <= len(form); i++ {
			grams[form[i:i+gram]] = true
		}
	}
	add(body)
	add(url.QueryEscape(body))
	inHex := hex.EncodeToString([]byte(body))
	add(inHex)
	add(strings.ToUpper(inHex))
	for shift := 0; shift < 3 && shift < len(raw); shift++ { // where a group of three bytes starts decides the letters
		for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			add(enc.EncodeToString([]byte(raw[shift:])))
		}
	}
	return grams
}

func hide(text string, grams map[string]bool) string {
	var b strings.Builder
	end := 0 // where what must go ends
	for i := 0; i < len(text); i++ {
		if i+gram <= len(text) && grams[text[i:i+gram]] {
			if i >= end {
				b.WriteString(ellipsis)
			}
			end = i + gram
		}
		if i >= end {
			b.WriteByte(text[i])
		}
	}
	return b.String()
}

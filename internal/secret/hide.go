package secret

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
)

// gram is the length of the shortest part of a key that Hide takes out. OpenAI's own messages show four characters.
const gram = 8

// Hide takes the secret out of a text: the whole of it and every part of at least eight characters, as it is, in base64,
// in hex and escaped for an address. The word in front (sk-proj-) stays. It is for texts of others, such as a server's
// error message, that may quote what they were sent.
func (s Secret) Hide(text string) string {
	raw := s.Reveal()
	switch body := raw[len(prefixWord(raw)):]; {
	case raw == "" || text == "":
		return text
	case len(body) < gram:
		if len(raw) < shownTail { // "x" in place of a key hides nothing, and would hide half of every sentence
			return text
		}
		return strings.ReplaceAll(text, raw, ellipsis)
	default:
		return hide(text, gramsOf(raw, body))
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

package secret

import (
	"fmt"
	"strings"
	"unicode"
)

// Kind is what an OpenAI key is for, as far as its first word tells.
type Kind string

// The kinds. Unknown ones are as good as any: other servers have keys of their own.
const (
	KindUnknown        Kind = "unknown"
	KindUser           Kind = "user" // sk-…, from before there were projects
	KindProject        Kind = "project"
	KindServiceAccount Kind = "service_account"
	KindAdmin          Kind = "admin" // administers the organization; cannot ask a model
)

// prefixes are tried in this order.
func prefixes() []struct {
	word string
	kind Kind
} {
	return []struct {
		word string
		kind Kind
	}{{"sk-proj-", KindProject}, {"sk-svcacct-", KindServiceAccount}, {"sk-admin-", KindAdmin}, {"sk-", KindUser}}
}

// Kind tells by its first word what the key is for.
func (s Secret) Kind() Kind {
	text := s.Reveal()
	for _, p := range prefixes() {
		if strings.HasPrefix(text, p.word) {
			return p.kind
		}
	}
	return KindUnknown
}

// prefixWord is the known word a key starts with, "" when it has none.
func prefixWord(text string) string {
	for _, p := range prefixes() {
		if strings.HasPrefix(text, p.word) {
			return p.word
		}
	}
	return ""
}

// longestKey is far beyond every known key (164 characters).
const longestKey = 2048

// Parse reads a key as people paste it: spaces, line breaks and quotes around it are dropped. Any first word will do. The
// error is an *Error with CodeMalformed, says what is wrong, and quotes nothing of the text.
func Parse(text string) (Secret, error) {
	text = strings.TrimFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune("\"'`“”„‘’‚«»", r)
	})
	switch {
	case text == "":
		return Secret{}, malformed("No API key was given.")
	case len(text) >= 4 && strings.EqualFold(text[:4], "http"):
		return Secret{}, malformed("This is a web address, not an API key.")
	case strings.ContainsAny(text, "\r\n"):
		return Secret{}, malformed("This is more than one line; an API key is one word.")
	case len(text) > longestKey:
		return Secret{}, malformed("This is too long to be an API key: more than %d characters.", longestKey)
	}
	for _, r := range text {
		switch {
		case unicode.IsSpace(r):
			return Secret{}, malformed("There is a space inside the text; an API key is one word.")
		case r < ' ' || r > '~':
			return Secret{}, malformed("There is a character inside the text that no API key has (%U).", r)
		}
	}
	return New(text), nil
}

func malformed(format string, args ...any) *Error {
	return &Error{Code: CodeMalformed, Message: fmt.Sprintf(format, args...), Hint: "copy the whole key, and nothing else, from platform.openai.com/api-keys"}
}

// LooksLikeKey tells whether a word of a command line may well be a key that was meant for a prompt, so that it is better
// not repeated: it holds OpenAI's first word, or sixteen letters and digits in a row.
func LooksLikeKey(word string) bool {
	if at := strings.Index(word, "sk-"); at >= 0 && len(word)-at > 5 && (at == 0 || !unicode.IsLetter(rune(word[at-1]))) { // not in task-list
		return true
	}
	digits, letters := 0, 0
	for _, r := range word {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
			letters++
		default:
			digits, letters = 0, 0
		}
		if digits >= 2 && letters >= 6 && digits+letters >= 16 {
			return true
		}
	}
	return false
}

// HoldsKey tells whether a text certainly holds an OpenAI key: the mark in the middle of every key, or a first word of
// today's keys with a long tail.
func HoldsKey(text string) bool {
	if strings.Contains(text, "T3BlbkFJ") {
		return true
	}
	for _, p := range prefixes() {
		if p.kind == KindUser { // sk-anything may be a name
			continue
		}
		if _, tail, found := strings.Cut(text, p.word); found && len(tail) >= 32 && !strings.ContainsFunc(tail[:32], func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-'
		}) {
			return true
		}
	}
	return false
}

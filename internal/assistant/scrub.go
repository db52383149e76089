package assistant

import "strings"

// Scrub replaces whatever looks like an OpenAI key in s. Error texts of servers quote keys, or the ends of them; no
// message is kept without passing through here.
func Scrub(s string) string {
	const prefix = "sk-"
	at := strings.Index(s, prefix)
	if at < 0 {
		return s
	}
	var b strings.Builder
	for at >= 0 {
		end := at + len(prefix)
		for end < len(s) && keyByte(s[end]) {
			end++
		}
		b.WriteString(s[:at])
		if looksLikeKey(s[at+len(prefix):end], at > 0 && letter(s[at-1])) {
			b.WriteString("sk-…")
		} else {
			b.WriteString(s[at:end])
		}
		s = s[end:]
		at = strings.Index(s, prefix)
	}
	b.WriteString(s)
	return b.String()
}

// looksLikeKey judges what follows "sk-". Inside a longer word ("task-formatter") only long tails with a digit or a
// capital are keys, so that names survive; a key that was glued to a letter (an escaped line end) does not.
func looksLikeKey(tail string, inWord bool) bool {
	if len(tail) < 8 {
		return false
	}
	return !inWord || len(tail) >= 16 && strings.ContainsAny(tail, "0123456789*ABCDEFGHIJKLMNOPQRSTUVWXYZ")
}

// keyByte includes the star: OpenAI masks the middle of a key with stars and shows its end.
func keyByte(c byte) bool {
	return letter(c) || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '*'
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

package mask

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	emailForm = regexp.MustCompile(`[\pL\pN][\pL\pN\pM._%+'-]{0,63}@[\pL\pN](?:[\pL\pN\pM-]{0,62}\.)+[\pL\pN-]{2,63}`)
	urlForm   = regexp.MustCompile(`(?i)(?:\b[a-z][a-z0-9+.-]{1,10}://|\bwww\.)[^\s<>"'` + "`" + `{}|\\^]+`)
	hostForm  = regexp.MustCompile(`(?i)^[\pL\pN][\pL\pN\pM-]*(?:\.[\pL\pN][\pL\pN\pM-]*)+\.?$`)
)

// contacts masks the addresses within a value by their own rules and everything else by rest.
func (m *Masker) contacts(value string, rest func(string) string) string {
	found := &findings{}
	for _, at := range urlForm.FindAllStringIndex(value, -1) {
		found.add(at[0], at[1], m.url(value[at[0]:at[1]]))
	}
	found.settle()
	for _, at := range emailForm.FindAllStringIndex(value, -1) {
		found.add(at[0], at[1], m.email(value[at[0]:at[1]]))
	}
	found.settle()
	var b strings.Builder
	at := 0
	rested := func(to int) {
		switch part := value[at:to]; {
		case part == "":
		case strings.Contains(part, "@") || strings.Contains(part, "://"): // what only looks like an address
			b.WriteString(m.words(part, nil))
		default:
			b.WriteString(rest(part))
		}
	}
	for _, f := range found.settled {
		rested(f.Start)
		b.WriteString(f.masked)
		at = f.End
	}
	rested(len(value))
	return b.String()
}

// emails masks every address in a value, and whatever else stands there word by word.
func (m *Masker) emails(value string) string {
	return m.contacts(value, func(rest string) string { return m.words(rest, nil) })
}

// email masks one address.
func (m *Masker) email(address string) string {
	i := strings.LastIndexByte(address, '@')
	return m.local(address[:i]) + "@" + m.domain(address[i+1:])
}

// local masks what stands before the @: its parts become the same names as elsewhere, so that a person stays one person.
func (m *Masker) local(s string) string {
	var b strings.Builder
	names := 0
	for _, p := range pieces(s) {
		switch {
		case p.kind == between, p.kind == letters && rolesOfMail[fold(p.text)]:
			b.WriteString(p.text)
		case p.kind == figures:
			b.WriteString(m.shaped(p))
		case utf8.RuneCountInString(p.text) == 1: // an initial: what follows is the last name
			names++
			b.WriteString(m.shaped(p))
		default:
			role := FirstName
			if names > 0 {
				role = LastName
			}
			names++
			b.WriteString(strings.ToLower(m.nameWord(role, p.text)))
		}
	}
	return b.String()
}

// domains masks a value that is a domain, or several.
func (m *Masker) domains(value string) string {
	if strings.ContainsAny(value, "@/") {
		return m.urls(value)
	}
	var b strings.Builder
	at := 0
	for i, r := range value + " " {
		if r != ' ' && r != ';' && r != ',' && r != '\n' && r != '\t' {
			continue
		}
		if word := value[at:i]; hostForm.MatchString(word) {
			b.WriteString(m.domain(word))
		} else {
			b.WriteString(m.words(word, nil))
		}
		if i < len(value) {
			b.WriteRune(r)
		}
		at = i + utf8.RuneLen(r)
	}
	return b.String()
}

// domain masks a host's name. Providers of free mail become one; what stands before the name that somebody registered stays when it says nothing.
func (m *Masker) domain(host string) string {
	host = strings.TrimSuffix(fold(host), ".")
	if ipv4Form.MatchString(host) {
		return m.words(host, nil)
	}
	labels := strings.Split(host, ".")
	if len(labels) < 2 {
		return m.words(host, nil)
	}
	sub, registered := divideHost(labels)
	name := "freemail"
	if !freeMail[registered] {
		name = strings.ToLower(m.firm(registered, true))
	}
	for i, label := range sub {
		if !urlWords[label] && !rolesOfMail[label] && label != "app" && label != "m" {
			sub[i] = m.words(label, nil)
		}
	}
	return strings.Join(append(sub, name, "example"), ".")
}

// divideHost divides a host's labels into those before the name that somebody registered, and that name.
func divideHost(labels []string) (sub []string, registered string) {
	n := 2
	if len(labels) > 2 && len(labels[len(labels)-1]) == 2 && secondLevels[labels[len(labels)-2]] {
		n = 3
	}
	cut := len(labels) - n
	return append([]string{}, labels[:cut]...), strings.Join(labels[cut:], ".")
}

// urls masks a value that holds addresses on the web, with or without a scheme.
func (m *Masker) urls(value string) string {
	if strings.Contains(value, "@") && !strings.Contains(value, "/") {
		return m.emails(value)
	}
	var b strings.Builder
	at := 0
	for i, r := range value + " " {
		if !unicode.IsSpace(r) && r != ';' {
			continue
		}
		if word := value[at:i]; speaks(word) {
			b.WriteString(m.url(word))
		} else {
			b.WriteString(word)
		}
		if i < len(value) {
			b.WriteRune(r)
		}
		at = i + utf8.RuneLen(r)
	}
	return b.String()
}

// url masks one address on the web: [scheme://][user@]host[:port][/path][?query][#fragment].
func (m *Masker) url(s string) string {
	tail := s[len(strings.TrimRight(s, ".,;:!?)")):] // ends the sentence, not the address
	s = s[:len(s)-len(tail)]
	scheme, rest, has := strings.Cut(s, "://")
	if has {
		scheme += "://"
	} else {
		scheme, rest = "", s
	}
	cut := strings.IndexAny(rest, "/?#")
	if cut < 0 {
		cut = len(rest)
	}
	host, path := rest[:cut], rest[cut:]
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:] // who signs in is nobody's business
	}
	host, port, has := strings.Cut(host, ":")
	if has {
		port = ":" + port
	}
	switch {
	case host == "" || fold(host) == "localhost":
	case hostForm.MatchString(host):
		labels := strings.Split(strings.TrimSuffix(fold(host), "."), ".")
		if _, registered := divideHost(labels); !platforms[registered] {
			host = m.domain(host)
		}
	default:
		host = m.words(host, nil)
	}
	if port != "" && strings.Trim(port[1:], "0123456789") != "" {
		port = m.words(port, nil)
	}
	return scheme + host + port + m.path(path) + tail
}

var escapedForm = regexp.MustCompile(`(?:%[0-9A-Fa-f]{2})+`)

// path masks path, query and fragment; the names of a query's values stay.
func (m *Masker) path(s string) string {
	s = escapedForm.ReplaceAllString(s, "-") // what is escaped would not be seen
	path, query, has := strings.Cut(s, "?")
	out := m.words(path, urlWords)
	if !has {
		return out
	}
	query, fragment, marked := strings.Cut(query, "#")
	parts := strings.Split(query, "&")
	for i, part := range parts {
		key, value, given := strings.Cut(part, "=")
		if given {
			parts[i] = key + "=" + m.words(value, nil)
		} else {
			parts[i] = m.words(key, urlWords)
		}
	}
	out += "?" + strings.Join(parts, "&")
	if marked {
		out += "#" + m.words(fragment, nil)
	}
	return out
}

package mask

import (
	"hash/maphash"
	"strings"
	"unicode"
)

// Profile is what the values of one property look like. Its size does not grow with their number.
type Profile struct {
	seen, emails, urls, phones, numbers, dates, many int64
	seed                                             maphash.Seed
	distinct                                         map[uint64]struct{}
}

// fewValues is how many different values a property has at most that says what something is, not who.
const fewValues = 32

// NewProfile makes an empty profile.
func NewProfile() *Profile {
	return &Profile{seed: maphash.MakeSeed(), distinct: map[uint64]struct{}{}}
}

// Add looks at a value; an empty one counts for nothing.
func (p *Profile) Add(value string) {
	value = strings.TrimSpace(value)
	if value == "" {
		return
	}
	p.seen++
	if len(p.distinct) <= fewValues {
		p.distinct[maphash.String(p.seed, value)] = struct{}{}
	}
	blank := strings.ContainsAny(value, " \n\t")
	digits := 0
	for i := range len(value) {
		if value[i] >= '0' && value[i] <= '9' {
			digits++
		}
	}
	switch {
	case !blank && likeEmail(value):
		p.emails++
	case !blank && (strings.Contains(value, "://") || strings.HasPrefix(value, "www.")):
		p.urls++
	case likeDate(value):
		p.dates++
	case digits >= 7 && digits <= 15 && likePhone(value, blank):
		p.phones++
	case digits > 0 && strings.Trim(value, "0123456789.,-+") == "":
		p.numbers++
	case blank:
		p.many++
	}
}

func likeEmail(value string) bool {
	at := strings.IndexByte(value, '@')
	return at > 0 && strings.IndexByte(value[at:], '.') > 1
}

func likeDate(value string) bool {
	return len(value) >= 10 && len(value) <= 35 && value[0] >= '0' && value[0] <= '9' && value[4] == '-' && value[7] == '-'
}

func likePhone(value string, blank bool) bool {
	return (blank || strings.IndexByte("+(0", value[0]) >= 0) && !strings.ContainsFunc(value, unicode.IsLetter)
}

// share tells whether at least so many of a hundred values are such.
func (p *Profile) share(n int64, percent int64) bool { return p.seen > 0 && n*100 >= p.seen*percent }

// guess is the kind for values that nothing else is known of, with the reason.
func (p *Profile) guess() (Kind, string) {
	if p == nil || p.seen == 0 {
		return Text, "it has no values"
	}
	switch {
	case p.share(p.emails, 50):
		return Email, "most of its values are e-mail addresses"
	case p.share(p.urls, 50):
		return URL, "most of its values are addresses on the web"
	case p.share(p.phones, 50):
		return Phone, "most of its values look like phone numbers"
	case p.share(p.dates, 80):
		return Keep, "most of its values are dates"
	case len(p.distinct) <= fewValues && p.seen >= 4*int64(len(p.distinct)) && p.emails+p.urls+p.phones == 0:
		return Keep, "it has few different values"
	case p.share(p.numbers, 80):
		return Number, "most of its values are numbers"
	case p.share(p.many, 30):
		return Text, "its values are text of several words"
	}
	return Words, "nothing is known of it"
}

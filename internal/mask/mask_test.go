package mask_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"askflow/internal/mask"
)

func masker() *mask.Masker { return mask.New([]byte("a salt for tests")) }

func of(property string) mask.Subject {
	return mask.Subject{ObjectType: "contact", RecordID: "1", Property: property}
}

// Every kind keeps what it says it keeps, and nothing of what it must not.
func TestKindsKeepTheirForm(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind           mask.Kind
		property, from string
		form           string
	}{
		{mask.Name, "firstname", "Ada", `^[B-Z][a-z]+$`},
		{mask.Name, "lastname", "BYRON", `^[AC-Z][A-Z]+$`},
		{mask.Name, "firstname", "josé", `^[^j][a-zà-ÿ]+$`},
		{mask.Name, "lastname", "田中", `^\p{Han}$`},
		{mask.Name, "firstname", "Анна-Мария", `^\p{Cyrillic}+-\p{Cyrillic}+$`},
		{mask.LastName, "lastname", "Holm", `^[A-GI-Z][a-z]*$`},
		{mask.FullName, "x", "Dr. Ada von Byron", `^Dr\. [B-Z][a-z]+ von [AC-Z][a-z]+$`},
		{mask.FullName, "x", "Ada {{ x }} Byron", `^[A-Z][a-z]+ {{ . }} [A-Z][a-z]+$`},
		{mask.Email, "email", "ada.byron@looms.example", `^[b-z][a-z]+\.[ac-z][a-z]+@[a-z]+\.example$`},
		{mask.Email, "email", "info@acme.co.uk", `^info@[a-z]+\.example$`},
		{mask.Email, "email", "ada99@gmail.com", `^[a-z]+\d\d@freemail\.example$`},
		{mask.Email, "email", "one@a.example; two@b.example", `^[a-z]+@[a-z]+\.example; [a-z]+@[a-z]+\.example$`},
		{mask.Email, "email", "broken at x", `^[a-z]{6} [a-z]{2} [a-z]$`},
		{mask.Domain, "domain", "www.looms.example", `^www\.[a-z]+\.example$`},
		{mask.Phone, "phone", "+49 170 1234567", `^\+49 \d{3} \d{7}$`},
		{mask.Phone, "phone", "0049 (170) 123-4567 ext. 12", `^0049 \(\d{3}\) \d{3}-\d{4} ext\. \d\d$`},
		{mask.Phone, "phone", "030/901820", `^0\d\d/\d{6}$`},
		{mask.Phone, "phone", "(555) 010-9999", `^\(\d{3}\) \d{3}-\d{4}$`},
		{mask.Company, "company", "Elbtal Logistik GmbH & Co. KG", `^[A-DF-Z][a-z]+ GmbH & Co\. KG$`},
		{mask.Company, "company", "A/S", `.`},
		{mask.Address, "address", "12 High Street, Apt. 4\nBack yard", `^\d\d [A-Z][a-z]{3} Street, Apt\. \d\n[A-Z][a-z]{3} [a-z]{4}$`},
		{mask.Zip, "zip", "SW1A 1AA", `^[A-Z]{2}\d[A-Z] \d[A-Z]{2}$`},
		{mask.URL, "website", "https://ada:pw@www.looms.example:8080/about/ada.html?ref=ada&x#top", `^https://www\.[a-z]+\.example:8080/about/[a-z]{3}\.html\?ref=[a-z]{3}&[a-z]#[a-z]{3}$`},
		{mask.URL, "l", "https://www.linkedin.com/in/ada-byron", `^https://www\.linkedin\.com/in/[a-z]{3}-[a-z]{5}$`},
		{mask.URL, "website", "looms.example", `^[a-z]+\.example$`},
		{mask.Words, "x", "Project falcon 22, ÄÖ", `^[A-Z][a-z]{6} [a-z]{6} \d\d, \p{Lu}{2}$`},
		{mask.Words, "x", "٣ १", `^[٠-٩] [०-९]$`},
		{mask.Date, "d", "2026-01-05", `^202[56]-\d\d-\d\d$`},
		{mask.Date, "d", "2026-01-05T09:00:00Z", `^202[56]-\d\d-\d\dT09:00:00Z$`},
		{mask.Date, "d", "05.01.2026", `^\d\d\.\d\d\.202[56]$`},
		{mask.Date, "d", "1767600000000", `^17\d{11}$`},
		{mask.Date, "d", "last May", `^[a-z]{4} [A-Z][a-z]{2}$`},
		{mask.Number, "n", "48000000", `^4\d000000$`},
		{mask.Number, "n", "1000", `^[2-9]000$`},
		{mask.Number, "n", "-12.50", `^-1\d\.\d\d$`},
		{mask.Number, "n", "0", `^0$`},
		{mask.ID, "id", "0101", `^0\d{3}$`},
		{mask.ID, "id", "KD-4711", `^KD-[1-9]\d{3}$`},
		{mask.ID, "id", "abc", `^[a-z2-9]{16}$`},
		{mask.Hash, "h", "x y", `^[0-9a-f]{12}$`},
		{mask.Drop, "x", "y", `^$`},
		{mask.Keep, "x", " as it is ", `^ as it is $`},
	} {
		got := masker().Value(c.kind, c.from, of(c.property))
		if !regexp.MustCompile(c.form).MatchString(got) {
			t.Errorf("%s of %q: %q, which is not %s", c.kind, c.from, got, c.form)
		}
		if got == c.from && c.kind != mask.Keep && c.from != "0" {
			t.Errorf("%s leaves %q as it is", c.kind, c.from)
		}
		if again := masker().Value(c.kind, c.from, of(c.property)); again != got {
			t.Errorf("%s of %q: %q, then %q", c.kind, c.from, got, again)
		}
	}
}

// One person is one person, whatever the property and the spelling; so is a domain.
func TestMasksAgree(t *testing.T) {
	t.Parallel()
	m := masker()
	first, last := m.Value(mask.FirstName, "Ada", of("firstname")), m.Value(mask.LastName, "Byron", of("lastname"))
	if got := m.Value(mask.FullName, "Ada Byron", of("x")); got != first+" "+last {
		t.Errorf("the whole name is %q, its parts are %s and %s", got, first, last)
	}
	if got := m.Value(mask.FullName, "Byron, Ada", of("x")); got != last+", "+first {
		t.Errorf("last name first: %q", got)
	}
	mail := m.Value(mask.Email, "ada.byron@looms.example", of("email"))
	if want := strings.ToLower(first+"."+last) + "@" + m.Value(mask.Domain, "looms.example", of("domain")); mail != want {
		t.Errorf("the address is %q, not %q", mail, want)
	}
	if a, b := m.Value(mask.Phone, "+49 170 1234567", of("phone")), m.Value(mask.Phone, "0049-170-1234567", of("phone")); digits(a) != digits(b)[2:] {
		t.Errorf("one number, two masks: %q, %q", a, b)
	}
	if a, b := m.Value(mask.Company, "Looms Ltd", of("company")), m.Value(mask.Company, "LOOMS", of("company")); !strings.EqualFold(a, b+" Ltd") {
		t.Errorf("one company, two masks: %q, %q", a, b)
	}
	if a, b := m.Value(mask.FirstName, "Inês", of("firstname")), m.Value(mask.Email, "ines@x.example", of("email")); !strings.HasPrefix(b, plain(a)+"@") {
		t.Errorf("%q has the address %q", a, b)
	}
	other := mask.New([]byte("another salt")).Value(mask.FullName, "Ada Byron Clark", of("x"))
	if other == m.Value(mask.FullName, "Ada Byron Clark", of("x")) {
		t.Error("the salt makes no difference")
	}
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

// plain takes the accents off that masks put on.
func plain(s string) string {
	return strings.ToLower(strings.NewReplacer("á", "a", "ä", "a", "å", "a", "é", "e", "è", "e", "ë", "e", "í", "i", "ï", "i", "ó", "o", "ö", "o", "ø", "o", "ú", "u", "ü", "u").Replace(s))
}

// A date moves by the record's own number of days: two dates of one record stay as far apart.
func TestDatesMoveTogether(t *testing.T) {
	t.Parallel()
	m := masker()
	one := mask.Subject{ObjectType: "contact", RecordID: "1", Property: "a"}
	if a, b := m.Value(mask.Date, "2026-01-05", one), m.Value(mask.Date, "2026-01-06T10:00", one); a >= b[:10] {
		t.Errorf("the day after %s is %s", a, b)
	}
	seen := map[string]bool{}
	for _, id := range []string{"1", "2", "3", "4", "5"} {
		seen[m.Value(mask.Date, "2026-01-05", mask.Subject{ObjectType: "contact", RecordID: id})] = true
	}
	if len(seen) < 3 {
		t.Errorf("five records, %d different days", len(seen))
	}
}

// Ids are permuted: two never become one, and they stay as long as they are.
func TestIDsStayApart(t *testing.T) {
	t.Parallel()
	m := masker()
	seen := map[string]string{}
	for i := range 1000 {
		for _, id := range []string{leading(i, 3), leading(i, 4), leading(10_000+i, 5)} {
			got := m.Value(mask.ID, id, of("id"))
			if other, twice := seen[got]; twice {
				t.Fatalf("%s and %s both become %s", id, other, got)
			}
			if seen[got] = id; len(got) != len(id) || (got[0] == '0') != (id[0] == '0') {
				t.Fatalf("%s becomes %s", id, got)
			}
		}
	}
	if m.Value(mask.ID, "12345", mask.Subject{ObjectType: "company"}) == m.Value(mask.ID, "12345", of("id")) {
		t.Error("a company has the mask of a contact")
	}
}

func leading(n, width int) string {
	s := "0000000" + string(rune('0'+n/10000%10)) + string(rune('0'+n/1000%10)) + string(rune('0'+n/100%10)) + string(rune('0'+n/10%10)) + string(rune('0'+n%10))
	return s[len(s)-width:]
}

// Whatever the value: the same mask again, valid text, and for kinds that replace everything nothing of four letters is left.
func TestMasksOfAnything(t *testing.T) {
	t.Parallel()
	m := masker()
	all := mask.Kinds()
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(all).Draw(t, "kind")
		value := rapid.OneOf(rapid.String(), rapid.StringMatching(`[A-Z][a-z]{3,9} [a-z]{4,9}@[a-z]{4,8}\.(com|de)`), rapid.StringMatching(`(https://)?[a-z]{4,9}\.com/[a-z]{4,9}\?a=[a-z]{5}`),
			rapid.StringMatching(`[+0-9 ()/-]{4,20}`)).Draw(t, "value")
		got := m.Value(kind, value, of("custom"))
		if again := masker().Value(kind, value, of("custom")); again != got {
			t.Fatalf("%s of %q: %q, then %q", kind, value, got, again)
		}
		if !utf8.ValidString(got) && utf8.ValidString(value) {
			t.Fatalf("%s of %q is no text: %q", kind, value, got)
		}
		switch kind {
		case mask.Keep, mask.Text, mask.Number, mask.Date, mask.URL, mask.ID:
			return
		}
		if utf8.RuneCountInString(strings.TrimSpace(value)) >= 4 && strings.ContainsFunc(value, unicode.IsLetter) && strings.Contains(got, strings.TrimSpace(value)) && !unchangeable(value) {
			t.Fatalf("%s leaves %q in %q", kind, value, got)
		}
	})
}

// unchangeable values have marks alone beside what is no letter: there is nothing to replace.
func unchangeable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// An invented name never holds the one that it stands for, though names are put together from parts that are names, too.
func TestInventedNamesDoNotHoldTheName(t *testing.T) {
	t.Parallel()
	for i := range 300 {
		m := mask.New([]byte(leading(i, 5)))
		for _, c := range []struct {
			kind mask.Kind
			name string
		}{{mask.LastName, "Holm"}, {mask.LastName, "Shaw"}, {mask.FirstName, "Ola"}, {mask.Company, "Mill"}, {mask.Domain, "bridge.example"}} {
			name, _, _ := strings.Cut(strings.ToLower(c.name), ".")
			if got := m.Value(c.kind, c.name, of("x")); strings.Contains(strings.ToLower(got), name) {
				t.Fatalf("%s becomes %s", c.name, got)
			}
		}
	}
}

func TestParseKind(t *testing.T) {
	t.Parallel()
	for _, k := range mask.Kinds() {
		if got, err := mask.ParseKind(string(k)); err != nil || got != k {
			t.Errorf("%s: %v, %v", k, got, err)
		}
	}
	_, err := mask.ParseKind("phonne")
	if diff := cmp.Diff(`"phonne" is no kind of mask; did you mean phone?`, err.Error()); diff != "" {
		t.Error(diff)
	}
}

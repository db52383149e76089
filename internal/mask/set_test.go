package mask_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"askflow/internal/hubspot"
	"askflow/internal/mask"
	"askflow/internal/source"
)

// people are the properties of contacts in these tests.
func people(names ...string) []hubspot.Property {
	defined := hubspot.DefaultSchema().Of("contact")
	var out []hubspot.Property
	for _, n := range names {
		p, ok := defined.Get(n)
		if !ok {
			p = hubspot.Property{Name: n, Label: n, Type: hubspot.TypeString, Inferred: true, Custom: true}
		}
		out = append(out, p)
	}
	return out
}

func contact(id string, pairs ...string) *hubspot.Record {
	values := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		values[pairs[i]] = pairs[i+1]
	}
	return hubspot.NewRecordFromMap("contact", id, values)
}

func setOf(rules []mask.Rule, names ...string) *mask.Set {
	company := hubspot.DefaultSchema().Of("company")
	name, _ := company.Get("name")
	domain, _ := company.Get("domain")
	return &mask.Set{Masker: masker(), Plans: map[string]*mask.Plan{
		"contact": mask.NewPlan("contact", people(names...), nil, rules),
		"company": mask.NewPlan("company", []hubspot.Property{name, domain}, nil, nil),
	}}
}

func apply(t *testing.T, s *mask.Set, recs []*hubspot.Record, near ...*hubspot.Record) []mask.Record {
	t.Helper()
	out, err := s.Apply(context.Background(), recs, func(*hubspot.Record) []*hubspot.Record { return near })
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Text loses everybody who is known, and what gives itself away; the rest stays word for word.
func TestText(t *testing.T) {
	t.Parallel()
	company := hubspot.NewRecordFromMap("company", "5", map[string]string{"name": "Cobalt Coast Fisheries Ltd", "domain": "cobaltcoast.example"})
	for _, c := range []struct{ name, text, form string }{
		{"names in any case", "Ada asked. ADA again, and ada; Byron's list.", `^(F) asked\. (F) again, and (F); (F)'s list\.$`},
		{"a genitive without apostrophe", "Byrons Liste", `^(F)s Liste$`},
		{"a name within a word stays", "Canada, Adam, byronic", `^Canada, Adam, byronic$`},
		{"companies and what they are called for short", "Cobalt Coast Fisheries Ltd, Cobalt Coast, cobaltcoast.example", `^(F) Ltd, (F), [a-z]+\.example$`},
		{"a local part", "user ada.byron-x signed in", `^user [a-z]+\.[a-z]+-[a-z] signed in$`},
		{"addresses and numbers", "mail a.b@q.example, call +49 (30) 901-820 or 0170 1234567!", `^mail [a-z]\.[a-z]@[a-z]+\.example, call \+49 \(\d\d\) \d{3}-\d{3} or 0\d{3} \d{7}!$`},
		{"accounts", "IBAN DE89 3704 0044 0532 0130 00, card 4111-1111-1111-1111", `^IBAN DE\d\d \d{4} \d{4} \d{4} \d{4} \d\d, card \d{4}-\d{4}-\d{4}-\d{4}$`},
		{"machines", "from 10.1.2.3 and 2001:db8::1", `^from \d\d\.\d\.\d\.\d and [0-9a-z]{4}:[a-z]+\d?::\d$`},
		{"handles", "ask @ada_b", `^ask @[a-z]+_[a-z]$`},
		{"addresses on the web", "see https://q.example/p/7?user=ada.", `^see https://[a-z]+\.example/[a-z]/\d\?user=[a-z]{3}\.$`},
		{"amounts, dates and short numbers stay", "2026-01-05 09:00, 05.01.2026, 1.250.000 EUR, 2024-2025, 64 sensors at -40", `^2026-01-05 09:00, 05\.01\.2026, 1\.250\.000 EUR, 2024-2025, 64 sensors at -40$`},
		{"words that are names too", "Will we? I will.", `^(F) we\? I will\.$`},
		{"accents coded otherwise", "Jose\u0301 and Jose", `^(F) and (F)$`},
		{"no blanks between words", "田中様、お世話になります", `^\p{Han}様、お世話になります$`},
		{"somebody else of the sample", "as Wilhelmina Okonjo said", `^as (F) (F) said$`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := setOf(nil, "firstname", "lastname", "email", "message", "nickname")
			s.Plans["contact"] = mask.NewPlan("contact", people("firstname", "lastname", "email", "message", "nickname"), nil, []mask.Rule{{Property: "nickname", As: mask.FirstName}})
			recs := []*hubspot.Record{
				contact("1", "firstname", "Ada", "lastname", "Byron", "email", "ada.byron-x@looms.example", "message", c.text, "nickname", "Will"),
				contact("2", "firstname", "Wilhelmina", "lastname", "Okonjo"),
			}
			got := apply(t, s, recs, company, contact("3", "firstname", "José", "lastname", "田中"))[0].Get("message")
			form := strings.ReplaceAll(c.form, "(F)", `\p{Lu}?[\p{L}]+`)
			if !regexp.MustCompile(form).MatchString(got) {
				t.Errorf("%q becomes %q, which is not %s", c.text, got, form)
			}
			for _, gone := range []string{"Ada ", "ADA", "Byron", "Cobalt", "4111", "901", "10.1.2.3", "q.example", "Jose", "田中", "Wilhelmina", "Okonjo"} {
				if strings.Contains(got, gone) {
					t.Errorf("%q still says %q: %q", c.text, gone, got)
				}
			}
		})
	}
}

// What stays of a text is told exactly.
func TestKeptPartsAreTheTextsOwn(t *testing.T) {
	t.Parallel()
	text := "Ada wrote to x@y.example about the gateway."
	got := apply(t, setOf(nil, "firstname", "message"), []*hubspot.Record{contact("1", "firstname", "Ada", "message", text)})[0].Cells[1]
	var kept []string
	for _, k := range got.Kept {
		kept = append(kept, got.Text[k.Start:k.End])
	}
	if diff := cmp.Diff([]string{" wrote to ", " about the gateway."}, kept); diff != "" {
		t.Error(diff)
	}
}

// Whatever a text holds: what is kept of it stands in it in the same order, and everything else was replaced.
func TestKeptPartsOfAnything(t *testing.T) {
	t.Parallel()
	s := setOf(nil, "firstname", "lastname", "message")
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SampledFrom([]string{"Ada", "BYRON", "ada@looms.example", "+49 170 1234567", "https://a.example/?q=1", "@ada", "::1", "10.0.0.1", " ", "\n", "İ", "s", "'s", "田中", "\u0301", "}}{{", "2026-01-05"})
		text := strings.Join(rapid.SliceOfN(rapid.OneOf(words, rapid.StringN(0, 5, -1)), 0, 12).Draw(t, "text"), rapid.SampledFrom([]string{"", " "}).Draw(t, "by"))
		out, err := s.Apply(context.Background(), []*hubspot.Record{contact("1", "firstname", "Ada", "lastname", "Byron 田中", "message", text)}, func(*hubspot.Record) []*hubspot.Record { return nil })
		if err != nil {
			t.Fatal(err)
		}
		cell := out[0].Cells[2]
		from, end := 0, 0
		for _, k := range cell.Kept {
			if k.Start < end || k.End <= k.Start || k.End > len(cell.Text) {
				t.Fatalf("parts %v of %q", cell.Kept, cell.Text)
			}
			at := strings.Index(text[from:], cell.Text[k.Start:k.End])
			if at < 0 {
				t.Fatalf("%q is not in %q behind byte %d", cell.Text[k.Start:k.End], text, from)
			}
			from, end = from+at+k.End-k.Start, k.End
		}
		if strings.Contains(cell.Text, "ada@looms") || strings.Contains(cell.Text, "1234567") {
			t.Fatalf("%q becomes %q", text, cell.Text)
		}
	})
}

// canary is a value that must not be found anywhere, one for each kind.
func canary(kind mask.Kind) string {
	word := "Zyx" + strings.ReplaceAll(string(kind), "name", "nam") + "qua"
	switch kind {
	case mask.Email:
		return strings.ToLower(word) + "@canary-mail.example"
	case mask.Domain:
		return "canary-domain.example"
	case mask.Phone:
		return "+49 170 5550199"
	case mask.URL:
		return "https://canary-host.example/canaryway?u=canaryuser"
	case mask.Number:
		return "83719264"
	case mask.ID:
		return "7391846205"
	case mask.Date:
		return "1987-06-05"
	case mask.Zip:
		return "Q8R 7T6"
	case mask.Company:
		return word + " GmbH"
	case mask.Address:
		return "77 " + word + "allee"
	}
	return word
}

// No kind of mask lets its value through: not in its own property, not in a text, not in other records.
func TestNoKindLeaks(t *testing.T) {
	t.Parallel()
	for _, kind := range mask.Kinds() {
		if kind == mask.Keep || kind == mask.Text {
			continue
		}
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			value := canary(kind)
			s := setOf([]mask.Rule{{Property: "secret", As: kind}}, "secret", "message", "city")
			said := fmt.Sprintf("It was %s, (%s) or %s.", value, strings.ToUpper(value), strings.ToLower(value))
			recs := []*hubspot.Record{contact("1", "secret", value, "message", said, "city", "Athlone"), contact("2", "message", said)}
			masked := apply(t, s, recs)
			for _, r := range masked {
				for _, c := range r.Cells {
					if strings.Contains(strings.ToLower(c.Text), strings.ToLower(value)) {
						t.Errorf("%s of record %s says %q", c.Property, r.ID, c.Text)
					}
				}
			}
			leaks, err := s.Leaks(context.Background(), masked, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(leaks) > 0 {
				t.Errorf("leaks: %v", leaks)
			}
		})
	}
}

// The check finds what was left on purpose, and says where; what a mask invented is no leak.
func TestLeaks(t *testing.T) {
	t.Parallel()
	rules := []mask.Rule{{Property: "message", As: mask.Keep}}
	for _, c := range []struct {
		name, message string
		want          []mask.Leak
	}{
		{"in another property", "Call BYRONSKY today", []mask.Leak{{ObjectType: "contact", RecordID: "1", Property: "lastname", InType: "contact", InRecord: "2", InProperty: "message"}}},
		{"part of a word, long", "xbyronskyx", []mask.Leak{{ObjectType: "contact", RecordID: "1", Property: "lastname", InType: "contact", InRecord: "2", InProperty: "message"}}},
		{"a short value within a word", "Canadians", nil},
		{"a short value by itself", "an Nadia here", []mask.Leak{{ObjectType: "contact", RecordID: "1", Property: "firstname", InType: "contact", InRecord: "2", InProperty: "message"}}},
		{"a common word", "we will see, March or May", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := setOf(rules, "firstname", "lastname", "message")
			recs := []*hubspot.Record{contact("1", "firstname", "Nadia", "lastname", "Byronsky"), contact("2", "firstname", "Will", "lastname", "March", "message", c.message)}
			got, err := s.Leaks(context.Background(), apply(t, s, recs), nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Somebody is called like a city: that city says nothing of them, unless it is their own or somebody chose to keep it.
func TestCoincidences(t *testing.T) {
	t.Parallel()
	leaks := func(s *mask.Set, recs ...*hubspot.Record) int {
		got, err := s.Leaks(context.Background(), apply(t, s, recs), nil)
		if err != nil {
			t.Fatal(err)
		}
		return len(got)
	}
	charlotte, town := contact("1", "firstname", "Charlotte"), contact("2", "city", "Charlottetown")
	if n := leaks(setOf(nil, "firstname", "city"), charlotte, town); n != 0 {
		t.Errorf("a city is taken for a person: %d", n)
	}
	if n := leaks(setOf([]mask.Rule{{Property: "city", As: mask.Keep}}, "firstname", "city"), charlotte, town); n != 1 {
		t.Errorf("a property that was chosen to be kept: %d", n)
	}
	if n := leaks(setOf(nil, "firstname", "city"), contact("1", "firstname", "Charlotte", "city", "Charlotte")); n != 1 {
		t.Errorf("in their own record: %d", n)
	}
	if n := leaks(setOf(nil, "email", "city"), contact("1", "email", "a@b.example"), contact("2", "city", "a@b.example")); n != 1 {
		t.Errorf("an address in a city: %d", n)
	}
}

// With ids masked, associations and the property that names the company go with them.
func TestIDs(t *testing.T) {
	t.Parallel()
	s := setOf([]mask.Rule{{Property: mask.RecordID, As: mask.ID}}, "associatedcompanyid", "firstname")
	rec := contact("1001", "associatedcompanyid", "5001", "firstname", "Ada")
	rec.Associations = []hubspot.Association{{ObjectType: "company", RecordID: "5001", TypeID: 1}}
	got := apply(t, s, []*hubspot.Record{rec})[0]
	if got.ID == "1001" || got.Associations[0].RecordID == "5001" || got.Get("associatedcompanyid") != got.Associations[0].RecordID {
		t.Errorf("%s, %v, %s", got.ID, got.Associations, got.Get("associatedcompanyid"))
	}
	if rec.Associations[0].RecordID != "5001" {
		t.Error("the record itself was changed")
	}
	kept := apply(t, setOf(nil, "firstname"), []*hubspot.Record{rec})[0]
	if kept.ID != "1001" || kept.Associations[0].RecordID != "5001" {
		t.Error("ids are masked though nobody asked for it")
	}
}

// By default HubSpot's own properties are known, others go by type, by name, by what their values look like.
func TestDefaults(t *testing.T) {
	t.Parallel()
	many := func(values ...string) *mask.Profile {
		p := mask.NewProfile()
		for i := range 100 {
			p.Add(values[i%len(values)])
		}
		return p
	}
	different := func(form string) *mask.Profile {
		p := mask.NewProfile()
		for i := range 100 {
			p.Add(fmt.Sprintf(form, i))
		}
		return p
	}
	for _, c := range []struct {
		property hubspot.Property
		values   *mask.Profile
		want     mask.Kind
	}{
		{property: hubspot.Property{Name: "firstname", Type: hubspot.TypeString}, want: mask.FirstName},
		{property: hubspot.Property{Name: "hs_email_domain", Type: hubspot.TypeString}, want: mask.Domain},
		{property: hubspot.Property{Name: "city", Type: hubspot.TypeString}, want: mask.Keep},
		{property: hubspot.Property{Name: "message", Type: hubspot.TypeString}, want: mask.Text},
		{property: hubspot.Property{Name: "hubspot_owner_id", Type: hubspot.TypeEnumeration}, want: mask.Keep},
		{property: hubspot.Property{Name: "second_line", Type: hubspot.TypePhone}, want: mask.Phone},
		{property: hubspot.Property{Name: "plan", Type: hubspot.TypeEnumeration}, want: mask.Keep},
		{property: hubspot.Property{Name: "x", Label: "Private E-Mail", Type: hubspot.TypeString}, want: mask.Email},
		{property: hubspot.Property{Name: "nachname_2", Type: hubspot.TypeString}, want: mask.LastName},
		{property: hubspot.Property{Name: "name", Type: hubspot.TypeString, Inferred: true}, want: mask.FullName},
		{property: hubspot.Property{Name: "date_of_birth_2", Type: hubspot.TypeDate}, want: mask.Date},
		{property: hubspot.Property{Name: "spouse_name", Type: hubspot.TypeString}, want: mask.FullName},
		{property: hubspot.Property{Name: "a", Type: hubspot.TypeString}, values: different("u%d@x.example"), want: mask.Email},
		{property: hubspot.Property{Name: "a", Type: hubspot.TypeString}, values: different("https://x.example/%d"), want: mask.URL},
		{property: hubspot.Property{Name: "a", Type: hubspot.TypeString}, values: different("+49 170 55501%02d"), want: mask.Phone},
		{property: hubspot.Property{Name: "a", Type: hubspot.TypeString}, values: different("%d"), want: mask.Number},
		{property: hubspot.Property{Name: "a", Type: hubspot.TypeString}, values: many("Gold", "Silver"), want: mask.Keep},
		{property: hubspot.Property{Name: "a", Type: hubspot.TypeString}, values: different("said no. %d"), want: mask.Text},
		{property: hubspot.Property{Name: "a", Type: hubspot.TypeString}, values: different("Word%d"), want: mask.Words},
		{property: hubspot.Property{Name: "a", Type: hubspot.TypeString}, want: mask.Text},
	} {
		p := mask.NewPlan("contact", []hubspot.Property{c.property}, map[string]*mask.Profile{c.property.Name: c.values}, nil)
		if got := p.Of(c.property.Name).Kind; got != c.want {
			t.Errorf("%s %q: %s, not %s", c.property.Name, c.property.Label, got, c.want)
		}
	}
	if got := mask.NewPlan("company", []hubspot.Property{{Name: "name", Type: hubspot.TypeString}}, nil, nil).Of("name").Kind; got != mask.Company {
		t.Errorf("a company's name: %s", got)
	}
	if got := mask.NewPlan("contact", nil, nil, nil).Of("never_seen").Kind; got != mask.Drop {
		t.Errorf("a property that nobody knows: %s", got)
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	read := func(text string) (*mask.Rules, source.Problems) {
		node, problems := source.ParseYAML("rules.yaml", []byte(text))
		if problems.HasErrors() {
			t.Fatal(problems)
		}
		return mask.ReadRules("rules.yaml", node)
	}
	rules, problems := read("- {property: \"hs_*\", as: drop}\n- {property: hs_language, as: keep}\n- {words: [Falcon, Project Heron], as: company}\n- {pattern: 'KD-\\d+', as: id}\n")
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	s := setOf(rules.Properties, "hs_language", "hs_persona", "message")
	s.Words, s.Patterns = rules.Words, rules.Patterns
	got := apply(t, s, []*hubspot.Record{contact("1", "hs_language", "de", "hs_persona", "p", "message", "falcon and Project Heron for KD-4711")})[0]
	if len(got.Cells) != 2 || got.Get("hs_language") != "de" {
		t.Errorf("the last rule that names a property decides: %+v", got.Cells)
	}
	if message := got.Get("message"); !regexp.MustCompile(`^[a-z]+ and [A-Z][a-z]+ for KD-\d{4}$`).MatchString(message) || strings.Contains(message, "falcon") {
		t.Errorf("message: %q", message)
	}
	for _, c := range []struct{ text, want string }{
		{"property: x", "rules.yaml:1:1: the rules are a list, but here stands an object"},
		{"- {property: x, as: fone}", `rules.yaml:1:21: "fone" is no kind of mask`},
		{"- {as: phone}", "rules.yaml:1:3: a rule names one of property, words and pattern"},
		{"- {property: a, words: [b], as: phone}", "rules.yaml:1:3: a rule names one of property, words and pattern"},
		{"- {pattern: '(', as: phone}", `rules.yaml:1:13: the pattern "(" cannot be used`},
		{"- {pattern: 'a*', as: phone}", `rules.yaml:1:13: the pattern "a*" cannot be used: it finds nothing at all everywhere`},
		{"- {property: '[', as: phone}", `rules.yaml:1:14: "[" names no properties`},
		{"- {propperty: a, as: phone}", "propperty"},
		{"- {property: a}", `as`},
	} {
		_, problems := read(c.text)
		if !problems.HasErrors() || !strings.Contains(problems.Error(), c.want) {
			t.Errorf("%s: %v, not %s", c.text, problems, c.want)
		}
	}
	plan := mask.NewPlan("contact", people("firstname", "lastname"), nil, nil)
	unknown := mask.Unknown([]mask.Rule{{Property: "fistname", File: "rules.yaml", Pos: source.Pos{Line: 3, Col: 5}}, {Property: "x_*", From: "--keep"}, {Property: "last*"}, {Property: mask.RecordID}}, plan)
	var lines []string
	for _, p := range unknown {
		lines = append(lines, p.Where()+" "+p.Message+"; "+p.Hint)
	}
	if diff := cmp.Diff([]string{`rules.yaml:3:5 the records have no property "fistname"; did you mean firstname?`, ` --keep: the records have no property that "x_*" names; they have firstname, lastname`}, lines); diff != "" {
		t.Error(diff)
	}
}

package emulator_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"askflow/internal/emulator"
	"askflow/internal/hubspot"
)

func TestMatches(t *testing.T) {
	t.Parallel()
	e := explaining(t)
	var contacts []*hubspot.Record
	for _, r := range eachRecord(t, e) {
		if r.ObjectType == "contact" {
			contacts = append(contacts, r)
		}
	}
	for text, want := range map[string]string{
		"":                            "1 2 3 4",
		"rome":                        "1 3",
		"  ROME   ada ":               "1",
		"-rome":                       "2 4",
		"city:rom":                    "1 3",
		"-city:rome":                  "2 4",
		"city:":                       "1 2 3 4",
		"firstname:":                  "1 2 4",
		"-firstname:":                 "3",
		`"First Name":bea`:            "2",
		`"favorite harbor":kiel`:      "4",
		`favorite_harbor:gen city:ro`: "1",
		`-"favorite harbor":""`:       "2 3",
		`city:"rome"`:                 "1 3",
		`"rome"`:                      "1 3",
		`"r\"ome"`:                    "",
		`"city:rome"`:                 "",
		`lifecyclestage:Lead`:         "1 3",
		`"Lifecycle Stage":opport`:    "4",
		"id:4":                        "4",
		"id:":                         "1 2 3 4",
		"name:dan":                    "4",
		"-name:a":                     "3",
		"late_property:x":             "",
		"-":                           "",
		"bea:":                        "",
	} {
		f, err := e.Matches(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		var got []string
		for _, r := range contacts {
			if f(r) {
				got = append(got, r.ID)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s takes %v, want %s", text, got, want)
		}
	}
}

func TestMatchesSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	files := portalFiles()
	files["records/contacts.csv"] = "Record ID,First Name\n1,Łukasz ÉMILE\n"
	e := open(t, writePortal(t, files))
	for text, want := range map[string]string{
		`a "b c`:       "the quote at character 3 is never closed",
		`é city:"b`:    "the quote at character 8 is never closed",
		`ada :x`:       "a colon stands at character 5 without a property",
		`-:x`:          "without a property",
		`""`:           "hold nothing",
		"fistname:ada": `no record has a property "fistname"`,
		"http://x":     `no record has a property "http"`,
		"\xff":         "not valid text",
	} {
		_, err := e.Matches(text)
		if found := emulator.AsError(err); found == nil || !strings.Contains(found.Message, want) || found.Hint == "" {
			t.Errorf("%s gives %+v, want %q", text, found, want)
		}
	}
	if _, err := e.Matches("fistname:ada"); !strings.Contains(emulator.AsError(err).Hint, "firstname") {
		t.Errorf("the hint is %q", emulator.AsError(err).Hint)
	}
	r := must(e.Record(t.Context(), "contact", "1"))
	for _, text := range []string{"émile", "ŁUKASZ", "firstname:É"} {
		if f := must(e.Matches(text)); !f(r) {
			t.Errorf("%s does not take %s", text, r.Name())
		}
	}
}

// FuzzMatches: any text is a filter or a sentence.
func FuzzMatches(f *testing.F) {
	for _, seed := range []string{"a", "-a:b", `"a b":"c\""`, `"`, ":", "- ", "-:", `-""`, "é:\"", "a:b:c", "\u2003x"} {
		f.Add(seed)
	}
	e, err := emulator.Open(context.Background(), emulator.Options{Dir: filepath.Join("..", "..", "testdata", "demo")})
	if err != nil {
		f.Fatal(err)
	}
	r, err := e.Record(context.Background(), "contact", "1001")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		test, err := e.Matches(text)
		if err != nil {
			if found := emulator.AsError(err); found.Message == "" || found.Hint == "" || found.Exit != emulator.ExitUsage {
				t.Errorf("%q gives %+v", text, found)
			}
			return
		}
		test(r)
		test(hubspot.NewRecordFromMap("deal", "", nil))
	})
}

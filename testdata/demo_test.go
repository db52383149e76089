package testdata_test

import (
	"encoding/csv"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/source"
	"askflow/testdata"
)

// table is one CSV file of the demo portal: a map from header to cell for each row.
type table []map[string]string

// readTables reads the CSV files of one object type, by file name.
func readTables(t *testing.T, pattern string) map[string]table {
	t.Helper()
	files, err := fs.Glob(testdata.Demo, "demo/records/"+pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no file matches %s: %v", pattern, err)
	}
	out := map[string]table{}
	for _, file := range files {
		f, err := testdata.Demo.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(f).ReadAll()
		f.Close()
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		head := rows[0]
		if head[0] != "Record ID" {
			t.Errorf("%s: the first column is %q; HubSpot's exports begin with Record ID", file, head[0])
		}
		for _, row := range rows[1:] {
			cells := map[string]string{}
			for i, cell := range row {
				cells[head[i]] = cell
			}
			out[path.Base(file)] = append(out[path.Base(file)], cells)
		}
	}
	return out
}

// ids collects the record ids of an object type and fails on one that occurs twice.
func ids(t *testing.T, pattern string) map[string]bool {
	t.Helper()
	seen := map[string]bool{}
	for file, rows := range readTables(t, pattern) {
		for _, row := range rows {
			id := row["Record ID"]
			if id == "" || seen[id] {
				t.Errorf("%s: the record id %q is missing or used twice", file, id)
			}
			seen[id] = true
		}
	}
	return seen
}

func readText(t *testing.T, file string) string {
	t.Helper()
	data, err := fs.ReadFile(testdata.Demo, "demo/"+file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// without lists the ids of the rows that have no value in a column.
func without(rows table, column string) []string {
	out := []string{}
	for _, row := range rows {
		if strings.TrimSpace(row[column]) == "" {
			out = append(out, row["Record ID"])
		}
	}
	return out
}

// scripted lists the records that have a rule of their own in a responses file.
func scripted(t *testing.T, file string) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	for _, m := range regexp.MustCompile(`record: "(\d+)"`).FindAllStringSubmatch(readText(t, file), -1) {
		out[m[1]] = true
	}
	return out
}

func TestCounts(t *testing.T) {
	t.Parallel()
	got := map[string]int{}
	for file, rows := range readTables(t, "*.csv") {
		got[file] = len(rows)
	}
	want := map[string]int{
		"contacts-key-accounts.csv":      20,
		"contacts-website-leads.csv":     60,
		"contacts-trade-show-import.csv": 150,
		"contacts-outreach.csv":          25,
		"companies.csv":                  37,
		"deals.csv":                      28,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records of the demo (-want +got):\n%s", diff)
	}
}

func TestEveryAssociationHasItsTarget(t *testing.T) {
	t.Parallel()
	targets := map[string]map[string]bool{
		"Associated Company IDs": ids(t, "companies*.csv"),
		"Associated Contact IDs": ids(t, "contacts*.csv"),
	}
	ids(t, "deals*.csv")
	checked := 0
	for file, rows := range readTables(t, "*.csv") {
		for _, row := range rows {
			for column, known := range targets {
				for id := range strings.SplitSeq(row[column], ";") {
					if id = strings.TrimSpace(id); id == "" {
						continue
					}
					checked++
					if !known[id] {
						t.Errorf("%s: record %s names %s in %q, which does not exist", file, row["Record ID"], id, column)
					}
				}
			}
		}
	}
	if checked < 80 {
		t.Errorf("only %d associations were found; the columns must have other names now", checked)
	}
}

// Reserved for fiction or for no one by the numbering plans of North America, Britain, Germany, France and Sweden.
var fictional = regexp.MustCompile(`^(|\+1 \d{3} 555 01\d\d|\+44 (20 7946 0\d{3}|1632 960 \d{3})` +
	`|\+49 (30 23125 \d{3}|40 66969 \d{3}|69 90009 \d{3}|89 99998 \d{3}|221 4710 \d{3})` +
	`|\+33 (1 99 00|2 61 91|3 53 01|4 65 71|5 36 49)( \d\d){2}` +
	`|\+46 (31 390 06 [0-4]\d|40 628 04 [0-4]\d|8 465 004 [0-4]\d))$`)

func TestNobodyRealIsAddressed(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for file, rows := range readTables(t, "contacts*.csv") {
		for _, row := range rows {
			email := row["Email"]
			if !strings.HasSuffix(email, ".example") || strings.Count(email, "@") != 1 {
				t.Errorf("%s: record %s has the address %q; only .example is nobody's", file, row["Record ID"], email)
			}
			if other := seen[email]; other != "" {
				t.Errorf("%s: the records %s and %s share the address %q", file, other, row["Record ID"], email)
			}
			seen[email] = row["Record ID"]
			if phone := row["Phone Number"]; !fictional.MatchString(phone) {
				t.Errorf("%s: record %s has the phone number %q, which is in no reserved range", file, row["Record ID"], phone)
			}
		}
	}
	for _, row := range readTables(t, "companies.csv")["companies.csv"] {
		if !strings.HasSuffix(row["Company Domain Name"], ".example") {
			t.Errorf("companies.csv: %s has the domain %q", row["Company name"], row["Company Domain Name"])
		}
	}
	err := fs.WalkDir(testdata.Demo, "demo", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		for _, address := range regexp.MustCompile(`[\w.+-]+@[\w.-]+`).FindAllString(readText(t, strings.TrimPrefix(file, "demo/")), -1) {
			if !strings.HasSuffix(address, ".example") {
				t.Errorf("%s holds the address %q", file, address)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestHistoriesAreWorthASummary(t *testing.T) {
	t.Parallel()
	for _, row := range readTables(t, "contacts-key-accounts.csv")["contacts-key-accounts.csv"] {
		notes := row["Sales notes"]
		if n := utf8.RuneCountInString(notes); n < 600 || n > 1500 || strings.Count(notes, "\n") < 3 {
			t.Errorf("the notes of record %s have %d characters and %d lines", row["Record ID"], n, strings.Count(notes, "\n")+1)
		}
	}
}

// Outside state formatting every record that enrolls has answers of its own; no fallback hides one that was forgotten.
func TestEveryEnrolledRecordIsScripted(t *testing.T) {
	t.Parallel()
	contacts := readTables(t, "contacts*.csv")
	stopped := []string{}
	for _, row := range contacts["contacts-website-leads.csv"] {
		if row["Lifecycle Stage"] == "Customer" {
			stopped = append(stopped, row["Record ID"])
		}
	}
	stopped = append(stopped, "2013", "2027", "2044", "2058") // the suppression list
	tests := []struct {
		records, responses string
		notEnrolled        []string
	}{
		{"contacts-key-accounts.csv", "record-summary.yaml", without(contacts["contacts-key-accounts.csv"], "Sales notes")},
		{"contacts-website-leads.csv", "lead-qualification.yaml", append(stopped, without(contacts["contacts-website-leads.csv"], "Message")...)},
		{"contacts-outreach.csv", "email-draft.yaml", without(contacts["contacts-outreach.csv"], "Contact owner")},
	}
	for _, tt := range tests {
		rules := scripted(t, "responses/"+tt.responses)
		for _, row := range contacts[tt.records] {
			id := row["Record ID"]
			if enrolls := !slices.Contains(tt.notEnrolled, id); enrolls != rules[id] {
				t.Errorf("%s: record %s enrolls: %v, has a rule: %v", tt.responses, id, enrolls, rules[id])
			}
			delete(rules, id)
		}
		for id := range rules {
			t.Errorf("%s: a rule names the record %s, which is not in %s", tt.responses, id, tt.records)
		}
	}
}

// stateRule is a rule of responses/state-formatting.yaml that answers by what stands in the prompt.
type stateRule struct {
	matches *regexp.Regexp
	reply   string
}

// stateRules reads the rules that answer by the prompt, in order, and the records that have a rule of their own.
func stateRules(t *testing.T) (rules []stateRule, own map[string]bool) {
	t.Helper()
	const file = "responses/state-formatting.yaml"
	list, problems := source.ParseYAML(file, []byte(readText(t, file)))
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	own = map[string]bool{}
	for _, rule := range list.Items {
		when := rule.Get("when")
		if record := when.Get("record"); record != nil {
			own[record.Text] = own[record.Text] || rule.Get("times") == nil
			continue
		}
		rules = append(rules, stateRule{regexp.MustCompile(when.Get("prompt").Get("matches").Text), rule.Get("reply").Text})
	}
	return rules, own
}

func answer(rules []stateRule, state, city, country string) string {
	prompt := "State as typed: " + state + "\nCity: " + city + "\nCountry: " + country
	for _, rule := range rules {
		if m := rule.matches.FindStringSubmatchIndex(prompt); m != nil {
			return string(rule.matches.ExpandString(nil, rule.reply, prompt, m))
		}
	}
	return ""
}

func TestStatesAsTyped(t *testing.T) {
	t.Parallel()
	rules, own := stateRules(t)
	codes := regexp.MustCompile(`^([A-Z]{2}|UNKNOWN)$`)
	rows := readTables(t, "contacts-trade-show-import.csv")["contacts-trade-show-import.csv"]
	if n := len(without(rows, "State/Region")); n != 7 {
		t.Errorf("%d contacts have no state; 7 show what does not enroll", n)
	}
	got := map[string]string{}
	for _, row := range rows {
		id, state := row["Record ID"], row["State/Region"]
		if state == "" || own[id] {
			delete(own, id)
			continue
		}
		delete(own, id)
		got[state+", "+row["Country/Region"]] = answer(rules, state, row["City"], row["Country/Region"])
		if a := got[state+", "+row["Country/Region"]]; !codes.MatchString(a) {
			t.Errorf("record %s: %q is answered %q, which is neither a code nor UNKNOWN", id, state, a)
		}
	}
	for id := range own {
		t.Errorf("a rule names the record %s, which is not in the import", id)
	}
	want := map[string]string{
		"Sask., Canada": "SK", "PEI, Canada": "PE", "PQ, Canada": "QC", "Nfld., Canada": "NL", "N.W.T., Canada": "NT", "Alta., Canada": "AB",
		"Georgia, United States": "GA", "Georgia, Georgia": "UNKNOWN", "Ontario, Canada": "ON", "Ontario, CA, United States": "CA",
		"Kansas, United States": "KS", "Ark., United States": "AR", "Kansas City, MO, United States": "MO", "Indiana, PA, United States": "PA",
		"W. Va., United States": "WV", "Richmond, Virginia, United States": "VA", "Washington DC, United States": "DC", "Wash., United States": "WA",
		"Miss., United States": "MS", "Mo., United States": "MO", "Mont., United States": "MT", "Me., United States": "ME",
		"Missisippi, United States": "MS", "massachussetts, United States": "MA", "AZ or NM, United States": "UNKNOWN", "Bavaria, Germany": "UNKNOWN",
	}
	for typed, code := range want {
		if got[typed] != code {
			t.Errorf("%q is answered %q, want %q", typed, got[typed], code)
		}
	}
}

func TestListsNameRecordsThatExist(t *testing.T) {
	t.Parallel()
	known := ids(t, "contacts*.csv")
	members := regexp.MustCompile(`"(\d{4})"`).FindAllStringSubmatch(readText(t, "records/lists.yaml"), -1)
	if len(members) == 0 {
		t.Fatal("records/lists.yaml has no members")
	}
	for _, m := range members {
		if !known[m[1]] {
			t.Errorf("records/lists.yaml names the contact %s, which does not exist", m[1])
		}
	}
}

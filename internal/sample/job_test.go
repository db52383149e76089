package sample_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/hubspot"
	"askflow/internal/mask"
	"askflow/internal/records"
	"askflow/internal/sample"
	"askflow/internal/source"
)

func file(path, text string) records.File {
	return records.File{Path: path, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}
}

// export is a small one with everything in it that must not get out.
func export(n int) string {
	var b strings.Builder
	b.WriteString("Record ID,First Name,Last Name,Email,Phone Number,Company Name,City,Message,Lead Status,Salesman,Associated Company IDs\n")
	for i := range n {
		last := "Kanarsky" + string(rune('a'+i/26%26)) + string(rune('a'+i%26))
		fmt.Fprintf(&b, "%d,Canaria%s,%s,canaria.%d@canary%d.example,+49 170 55%05d,Canary Works %d GmbH,Town%d,%q,%s,Seller %d,%d\n", 1000+i, string(rune('a'+i%26)), last, i, i%7, i, i%9, i%5,
			fmt.Sprintf("Canaria%s of Canary Works %d; call +49 170 55%05d. %s", string(rune('a'+i%26)), i%9, i, strings.ToUpper(last)), []string{"NEW", "OPEN", ""}[i%3], i%40, 500+i%9)
	}
	return b.String()
}

func companies() string {
	var b strings.Builder
	b.WriteString("Record ID,Company name,Company Domain Name\n")
	for i := range 9 {
		fmt.Fprintf(&b, "%d,Canary Works %d GmbH,canary%d.example\n", 500+i, i, i)
	}
	return b.String()
}

func job(text, to string) *sample.Job {
	return &sample.Job{ObjectType: "contact", Files: []records.File{file("contacts.csv", text)}, Others: map[string][]records.File{"company": {file("companies.csv", companies())}},
		Schema: hubspot.DefaultSchema(), Size: 20, Seed: 1, Now: now, Salt: []byte("salt for tests"), To: to}
}

func made(t *testing.T, j *sample.Job) (*sample.Report, []sample.File) {
	t.Helper()
	report, files, err := j.Make(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return report, files
}

// The same job gives the same bytes, in every form, and no canary of the export is in them.
func TestMakeIsDeterministicAndTight(t *testing.T) {
	t.Parallel()
	for _, to := range []string{"out.csv", "out.jsonl", "out.json"} {
		t.Run(to, func(t *testing.T) {
			t.Parallel()
			j := job(export(300), to)
			j.WithAssociated = true
			report, files := made(t, j)
			_, again := made(t, j)
			if diff := cmp.Diff(files, again); diff != "" {
				t.Error(diff)
			}
			if len(files) != 2 || files[1].Path != "companies.sample"+filepath.Ext(to) || files[0].Records != 20 || report.Chosen != 20 || report.Records != 300 {
				t.Fatalf("%+v", report)
			}
			for _, f := range files {
				for _, gone := range []string{"canar", "kanarsk", "170 55", "Works"} {
					if strings.Contains(strings.ToLower(string(f.Data)), strings.ToLower(gone)) {
						t.Errorf("%s says %s: %.2000s", f.Path, gone, f.Data)
					}
				}
			}
			if !strings.Contains(string(files[0].Data), "Town") {
				t.Error("the city is masked, too")
			}
		})
	}
}

// A record has the same masks in any sample with the same salt, whatever else is in it and in whatever order; another salt
// gives others.
func TestMasksAreStable(t *testing.T) {
	t.Parallel()
	read := func(files []sample.File) map[string]*hubspot.Record {
		out := map[string]*hubspot.Record{}
		r := records.Open("contact", []records.File{file("x.csv", string(files[0].Data))}, records.Options{Properties: hubspot.DefaultSchema().Of("contact")})
		for {
			rec, err := r.Next()
			if err != nil {
				return out
			}
			out[rec.ID] = rec
		}
	}
	lines := strings.SplitAfter(export(300), "\n")
	back := slices.Clone(lines[1 : len(lines)-1])
	slices.Reverse(back)
	_, first := made(t, job(export(300), "a.csv"))
	turned := job(lines[0]+strings.Join(back, ""), "a.csv")
	turned.Size = 60
	_, second := made(t, turned)
	a, b := read(first), read(second)
	shared := 0
	for id, rec := range a {
		if other := b[id]; other != nil {
			shared++
			for _, name := range []string{"firstname", "lastname", "email", "phone", "company"} {
				if rec.Get(name) != other.Get(name) || rec.Get(name) == "" {
					t.Errorf("%s of %s: %q and %q", name, id, rec.Get(name), other.Get(name))
				}
			}
		}
	}
	if shared < 10 {
		t.Fatalf("the samples share %d records", shared)
	}
	salted := job(export(300), "a.csv")
	salted.Salt = []byte("another salt")
	_, third := made(t, salted)
	for id, rec := range read(third) {
		if rec.Get("email") == a[id].Get("email") {
			t.Errorf("the salt makes no difference to %s", rec.Get("email"))
		}
	}
}

// What is written is read as the same records, associations included.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	text := `{"id":"1","properties":{"message":"a\n\"b\", c ","firstname":" x","zip":"012","associatedcompanyid":"500","annualrevenue":"=1+1"},"associations":{"companies":{"results":[{"id":"501","type":"contact_to_company_unlabeled"},{"id":"502","type":"Billing"}]}}}
{"id":"2","properties":{"message":"","firstname":"\t"}}
{"id":"3","properties":{"message":"-- \\. \\N","firstname":"'"}}
`
	for _, to := range []string{"a.csv", "a.jsonl", "a.json"} {
		j := job("", to)
		j.Files = []records.File{file("contacts.jsonl", text)}
		j.Rules.Properties = []mask.Rule{{Property: "*", As: mask.Keep}}
		report, files := made(t, j)
		read := func(f records.File) []string {
			var out []string
			r := records.Open("contact", []records.File{f}, records.Options{Properties: hubspot.DefaultSchema().Of("contact")})
			for {
				rec, err := r.Next()
				if err != nil {
					return out
				}
				line := rec.ID
				for _, name := range []string{"message", "firstname", "zip", "associatedcompanyid", "annualrevenue"} {
					line += fmt.Sprintf(" %q", rec.Get(name))
				}
				var links []string
				for _, a := range rec.Associations {
					links = append(links, fmt.Sprintf("%s %s %d %s", a.ObjectType, a.RecordID, a.TypeID, a.Label))
				}
				slices.Sort(links)
				out = append(out, line+strings.Join(links, ","))
			}
		}
		if diff := cmp.Diff(read(j.Files[0]), read(file(to, string(files[0].Data)))); diff != "" {
			t.Errorf("%s: %s\n%s", to, diff, files[0].Data)
		}
		if !slices.ContainsFunc(report.Notes, func(n string) bool { return strings.Contains(n, "like a formula") }) {
			t.Errorf("%s: nothing is said of formulas: %v", to, report.Notes)
		}
		if to == "a.csv" && !strings.HasPrefix(string(files[0].Data), "Record ID,message,firstname,") {
			t.Errorf("header: %.60s", files[0].Data)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	one := "Record ID,First Name,Notes\n1,Nadia,x\n"
	for _, c := range []struct {
		name string
		job  func(*sample.Job)
		want string
	}{
		{"a property that is not there", func(j *sample.Job) { j.Only = []string{"fistname"} }, `--properties: the records have no property "fistname"`},
		{"a rule for none", func(j *sample.Job) { j.Rules.Properties = []mask.Rule{{Property: "fistname", From: "--mask"}} }, `--mask: the records have no property "fistname"`},
		{"no records", func(j *sample.Job) { j.Files = []records.File{file("c.csv", "Record ID\n")} }, "there are no contacts to choose from"},
		{"a broken export", func(j *sample.Job) { j.Files = []records.File{file("c.csv", "Record ID,x\n1\n")} }, "c.csv:2"},
		{"a leak", func(j *sample.Job) {
			j.Files = []records.File{file("c.csv", "Record ID,First Name,City\n1,Nadia,Nadia\n")}
		}, "what the contact 1 has in firstname stands in the property city of the contact 1"},
		{"what CSV cannot say", func(j *sample.Job) {
			j.Files = []records.File{file("c.jsonl", `{"id":"1","properties":{"My Thing":"abc"}}`)}
		}, "the contact 1 would not be read as it was written: the property My Thing differs"},
		{"an association that CSV cannot say", func(j *sample.Job) {
			j.Files = []records.File{file("c.jsonl", `{"id":"1","properties":{},"associations":{"companies":[{"id":"5","associationTypes":[{"category":"USER_DEFINED","typeId":33}]}]}}`)}
		}, "CSV cannot say that the contact is associated with the company 5 by type USER_DEFINED 33"},
	} {
		j := job(one, "a.csv")
		c.job(j)
		_, files, err := j.Make(context.Background())
		if err == nil || files != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, not %s", c.name, err, c.want)
		}
		var problems source.Problems
		var refused *sample.Error
		var leak *sample.LeakError
		if !errors.As(err, &problems) && !errors.As(err, &refused) && !errors.As(err, &leak) {
			t.Errorf("%s: an error of no kind: %T", c.name, err)
		}
	}
	allowed := job("Record ID,First Name,City\n1,Nadia,Nadia\n", "a.csv")
	allowed.Allow = true
	if report, files := made(t, allowed); len(report.Leaks) != 1 || len(files) != 1 {
		t.Errorf("--allow: %+v", report)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := job(export(10), "a.csv").Make(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// --properties leaves properties out, and what they say is masked in the others all the same.
func TestOnlySomeProperties(t *testing.T) {
	t.Parallel()
	j := job("Record ID,First Name,Message,City\n1,Nadia,Nadia asks,Oslo\n", "a.csv")
	j.Only = []string{"message"}
	report, files := made(t, j)
	if got := string(files[0].Data); !strings.HasPrefix(got, "Record ID,message\n1,") || strings.Contains(got, "Nadia") || len(report.Columns) != 1 {
		t.Errorf("%s, %+v", got, report.Columns)
	}
}

// All files are written or none, and none is written over without being told.
func TestSave(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a.csv"), filepath.Join(dir, "none", "b.csv")
	files := []sample.File{{Path: a, Data: []byte("new")}, {Path: b, Data: []byte("new")}}
	if err := sample.Save(files, false); err == nil || !strings.Contains(err.Error(), "there is no folder") {
		t.Fatalf("%v", err)
	}
	if _, err := os.Stat(a); err == nil {
		t.Error("the first file stays behind")
	}
	if err := os.WriteFile(a, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := sample.Save(files[:1], false); err == nil || !strings.Contains(err.Error(), "exists already") {
		t.Errorf("%v", err)
	}
	outside := filepath.Join(t.TempDir(), "outside.csv") // rewriting it through a link is refused
	if err := os.WriteFile(outside, []byte("outside"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "link.csv")); err == nil {
		fresh := filepath.Join(dir, "fresh.csv")
		if err := sample.Save([]sample.File{{Path: fresh, Data: []byte("new")}, files[0], {Path: filepath.Join(dir, "link.csv"), Data: []byte("new")}}, true); err == nil {
			t.Error("written through a link")
		}
		if _, err := os.Stat(fresh); err == nil {
			t.Error("a fresh file stays behind")
		}
		if err := os.Remove(filepath.Join(dir, "link.csv")); err != nil {
			t.Fatal(err)
		}
	}
	if now, _ := os.ReadFile(a); string(now) != "old" {
		t.Errorf("the old file is %q", now)
	}
	if err := sample.Save(files[:1], true); err != nil {
		t.Error(err)
	}
	if now, _ := os.ReadFile(a); string(now) != "new" {
		t.Errorf("the file is %q", now)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestObjectOfFile(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"x/contacts-2026.csv": "contact", "Companies.csv": "company", "deals.jsonl": "deal", "export.csv": "contact", "line_items.csv": "line_item"} {
		if got := sample.ObjectOfFile(name); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

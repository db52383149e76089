package records_test

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/hubspot"
	"askflow/internal/records"
	"askflow/internal/source"
)

// checkFile reads a hostile file in both ways and compares what they say.
func checkFile(t *testing.T, opt records.Options, path, text string) {
	file := textFile(path, text)
	summary, problems := records.Scan(t.Context(), "contact", []records.File{file}, opt)
	recs, err := readAll(t, "contact", opt, file)
	for _, p := range problems {
		if p.Message == "" || p.File != path || p.Code == "" || p.Line < 0 || p.Line > 0 && p.Col < 1 {
			t.Errorf("a problem says too little: %+v", p)
		}
	}
	var p source.Problem
	switch {
	case err != nil && !errors.As(err, &p):
		t.Errorf("%T is no problem", err)
	case err != nil && !problems.HasErrors():
		t.Errorf("Next says %v, but Scan found nothing", err)
	case err == nil && !problems.HasErrors() && len(recs) != summary.Records:
		t.Errorf("Next gives %d records, Scan counts %d", len(recs), summary.Records)
	}
	for _, r := range recs {
		if strings.TrimSpace(r.ID) == "" || r.Line < 1 {
			t.Errorf("a record without id or line: %+v", r)
		}
		for _, n := range r.PropertyNames() {
			if !utf8.ValidString(r.Get(n)) {
				t.Errorf("record %s: %s holds invalid UTF-8", r.ID, n)
			}
		}
	}
	slow := records.File{Path: path, Open: func() (io.ReadCloser, error) { return io.NopCloser(dribble{strings.NewReader(text)}), nil }}
	again, errAgain := readAll(t, "contact", opt, slow)
	if diff := cmp.Diff(contents(recs), contents(again)); diff != "" {
		t.Error("read sizes change the records:", diff)
	}
	if (err == nil) != (errAgain == nil) || err != nil && err.Error() != errAgain.Error() {
		t.Errorf("read sizes change the error: %v, %v", err, errAgain)
	}
}

func FuzzCSV(f *testing.F) {
	for _, seed := range []string{
		"Record ID,First Name\n1,Ada\n", "Record ID;Message\r\n1;\"a\r\n\"\"b\"\"\"\r\n", "\xef\xbb\xbfid\temail\n1\ta@b.example", "sep=;\nid;city\n1;x",
		"id,city\n1,K\xf6ln\n", "id,city\n1,Köln\n2,\xff\n", "\xff\xfei\x00d\x00\n\x001\x00", "\xfe\xff\x00i\x00d\x00\n\x001", "id,x\n1,\"a", "id,x\n1,\"a\"b\n", "id,x\n1\n",
		"id\r1\r2", "id,\x00\n", "\"id\"\n\"1\"", "id,Associated Company IDs,Associated Company\n1,\"2;3\",x\n", "id,Primary Associated Company ID (x)\n1,2\n", "id,a,A,a\n1,2,3,4\n",
		"id,associated (\xc4\xb0) id,(\n1,2,3\n", "\n\n\"\"\n", "id,lifecyclestage,createdate,hs_email_optout,hs_buying_role,total_revenue\n1,Lead,2026-01-05,yes,champion;x,1e\n",
	} {
		f.Add(seed)
	}
	opt := records.Options{Properties: hubspot.DefaultSchema().Of("contact")}
	f.Fuzz(func(t *testing.T, text string) {
		checkFile(t, opt, "c.csv", text)
	})
}

// FuzzCSVCells compares with the standard library on files that it can write.
func FuzzCSVCells(f *testing.F) {
	f.Add("a", "b\nc", "\"")
	f.Add(",", ";\t", " x ")
	opt := records.Options{Properties: hubspot.DefaultSchema().Of("contact")}
	f.Fuzz(func(t *testing.T, a, b, c string) {
		for _, s := range []*string{&a, &b, &c} {
			*s = strings.ReplaceAll(strings.ReplaceAll(strings.ToValidUTF8(*s, "?"), "\x00", ""), "\r", "")
		}
		var text strings.Builder
		w := csv.NewWriter(&text)
		for _, row := range [][]string{{"id", "email", "city", "message"}, {"1", a, b, c}, {"2", c, a, b}} {
			if err := w.Write(row); err != nil {
				t.Fatal(err)
			}
		}
		w.Flush()
		recs, err := readAll(t, "contact", opt, textFile("c.csv", text.String()))
		if err != nil || len(recs) != 2 {
			t.Fatalf("%d records, %v from %q", len(recs), err, text.String())
		}
		if recs[0].Get("email") != a || recs[0].Get("city") != b || recs[0].Get("message") != c || recs[1].Get("email") != c {
			t.Errorf("%q, %q, %q came back as %v", a, b, c, contents(recs))
		}
	})
}

func FuzzJSONRecords(f *testing.F) {
	for _, seed := range []string{
		`[{"id":"1","properties":{"city":"Rome"}}]`, `{"results":[{"id":1}],"paging":null}`, "{\"id\":\"1\"}\n{\"id\":\"2\"}", `{"total":1,"results":[]}`, `[`, `{`, `{"`, `{"a`, `{"a":`, `[{"id":"1"},`,
		`[{"id":"1","associations":{"companies":{"results":[{"id":"1","type":"contact_to_company"}]}}}]`, `[{"id":"1","associations":[{"to":{"id":"7"},"types":[{"associationTypeId":4}]}]}]`,
		`[{"id":"1","associations":{"deals":[{"toObjectId":7,"associationTypes":[{"typeId":4},{}]}]}}]`, "\xff\xfe[\x00]\x00", `[{"id":"1","properties":{"a":"\ud83d\ude00\\"}}]`, `}`, `]`, `"results"`, `{"results":{}}`,
		`{"results":[]}]`, `{,"results":[{"id":"1"}]`, `[{"id":null,"properties":{"hs_object_id":5}}]`,
	} {
		f.Add(seed)
	}
	opt := records.Options{Properties: hubspot.DefaultSchema().Of("contact")}
	f.Fuzz(func(t *testing.T, text string) {
		checkFile(t, opt, "c.json", text)
		// What the standard library takes for a list of plain records must be read.
		var plain []struct {
			ID string `json:"id"`
		}
		if len(text) == 0 || text[0] != '[' || !utf8.ValidString(text) || json.Unmarshal([]byte(text), &plain) != nil {
			return
		}
		if _, err := readAll(t, "contact", opt, textFile("c.json", text)); err != nil && strings.Contains(err.Error(), "JSON") {
			t.Errorf("%s is a list of objects to encoding/json, but gives %v", text, err)
		}
	})
}

package check_test

import (
	"path/filepath"
	"testing"

	"askflow/internal/check"
	"askflow/internal/portal"
	"askflow/internal/source"
)

// What `emulator init` makes must be without fault: it is the first thing people see.
func TestTemplatesAreClean(t *testing.T) {
	t.Parallel()
	for _, from := range portal.Templates() {
		t.Run(from, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "p")
			if err := portal.Init(dir, from); err != nil {
				t.Fatal(err)
			}
			p := load(t, dir)
			_, schema, problems := p.Scan(t.Context())
			problems = append(problems, check.Portal(p, check.Options{Schema: schema})...)
			for _, problem := range problems {
				if problem.Severity != source.SeverityNote {
					t.Errorf("%s", problem)
				}
			}
		})
	}
}

// A column that no definition covers is a property as soon as the records were looked at.
func TestInferredProperties(t *testing.T) {
	t.Parallel()
	files := baseFiles()
	files["records/contacts.csv"] = "Record ID,Email,Shoe size\n1,a@x.example,44\n"
	files["workflows/w.json"] = contactFlow(step("1", "0-9", `"user_ids":["11"],"subject":"«unknown_property»{{ enrolled_object.shoe_size }}"`, ""))
	expect(t, files)
	dir, _ := write(t, files)
	p := load(t, dir)
	_, schema, _ := p.Scan(t.Context())
	if got := check.Portal(p, check.Options{Schema: schema}); len(got) > 0 {
		t.Errorf("with the scanned schema: %v", got)
	}
}

// In the short form a named default says that records may end there.
func TestDefaultInYAML(t *testing.T) {
	t.Parallel()
	head := "name: W\nobject: contact\nenabled: true\nenroll:\n  when: [{email: known}]\nsteps:\n"
	arm := "    cases:\n      x:\n        - notify: {users: [\"11\"], subject: Hello}\n"
	files := baseFiles()
	files["workflows/a.yaml"] = head + "  - «missing_default_branch»branch_on: {property: email}\n" + arm
	files["workflows/b.yaml"] = head + "  - branch_on: {property: email}\n" + arm + "    default_name: Nothing to do\n"
	files["workflows/c.yaml"] = head + "  - branch_on: {property: email}\n" + arm + "  - delay: 1d\n"
	expect(t, files)
}

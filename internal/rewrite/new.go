package rewrite

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"askflow/internal/flow"
	"askflow/internal/source"
)

// NewWorkflow makes the text of a workflow that has no triggers and no steps yet, and a file name for it, made from its
// name: lower-case letters, digits and dashes, allowed on every file system, and different from those in taken without
// regard to case and ending. object is an object type's name or id. The error says what is wrong with name or object.
func NewWorkflow(name, object string, taken []string) (fileName string, text []byte, err error) {
	if strings.TrimSpace(name) == "" {
		return "", nil, fmt.Errorf("a workflow needs a name")
	}
	var b strings.Builder
	b.WriteString("name: " + yamlScalar(source.NewString(name, source.Pos{}), scalarPlace{}) + "\n")
	b.WriteString("object: " + yamlScalar(source.NewString(object, source.Pos{}), scalarPlace{}) + "\n")
	b.WriteString(starter)
	fileName, text = uniqueName(slug(name), taken)+".yaml", []byte(b.String())
	f, problems := flow.Parse(fileName, text, flow.DefaultOpenAIAction())
	if problems.HasErrors() {
		return "", nil, fmt.Errorf("no workflow can be made of this: %w", problems.Errors()[0])
	}
	if f.Name != name {
		return "", nil, fmt.Errorf("the name %q cannot be written as it is", name)
	}
	return fileName, text, nil
}

// starter is what follows name and object. It enrolls nobody until enroll is filled in.
const starter = `enabled: false

# Who enrolls. Entries of the list: any of them; inside one entry: all of it. For example:
#   enroll:
#     when:
#       - {email: known, lifecyclestage: {any_of: [lead]}}
#     re_enroll: [email]
enroll:

# What happens to a record, one step after the other. For example:
#   steps:
#     - ask_openai_assistant:
#         id: ask
#         assistant: the-assistant
#         prompt: "Write to {{ enrolled_object.hs_object_id }}"
steps: []
`

const maxFileName = 60

// slug is a name that every file system takes.
func slug(name string) string {
	name = strings.NewReplacer("ß", "ss", "æ", "ae", "Æ", "ae", "ø", "o", "Ø", "o", "ł", "l", "Ł", "l", "&", " and ").Replace(name)
	var b strings.Builder
	dash := false
	for _, r := range norm.NFKD.String(name) {
		r = unicode.ToLower(r)
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			if dash && b.Len() > 0 {
				b.WriteByte('-')
			}
			dash = false
			b.WriteRune(r)
		case unicode.IsMark(r), r == '\'', r == '’': // an accent of the letter before it, or "don't"
		default:
			dash = true
		}
		if b.Len() >= maxFileName {
			break
		}
	}
	s := b.String()
	if s == "" {
		return "workflow"
	}
	if reservedName(s) {
		return s + "-workflow"
	}
	return s
}

// reservedName tells whether Windows keeps a name for a device, whatever its ending.
func reservedName(s string) bool {
	if slices.Contains([]string{"con", "prn", "aux", "nul"}, s) {
		return true
	}
	return len(s) == 4 && (strings.HasPrefix(s, "com") || strings.HasPrefix(s, "lpt")) && s[3] >= '0' && s[3] <= '9'
}

func uniqueName(s string, taken []string) string {
	used := map[string]bool{}
	for _, t := range taken {
		base := filepath.Base(t)
		used[strings.ToLower(strings.TrimSuffix(base, filepath.Ext(base)))] = true
		used[strings.ToLower(base)] = true
	}
	for i, name := 2, s; ; i++ {
		if !used[name] {
			return name
		}
		name = fmt.Sprintf("%s-%d", s, i)
	}
}

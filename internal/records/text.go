package records

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"askflow/internal/source"
)

// Encodings as FileSummary names them.
const (
	encodingUTF8    = "UTF-8"
	encodingUTF16LE = "UTF-16LE"
	encodingUTF16BE = "UTF-16BE"
	encodingWindows = "Windows-1252"
)

// blockSize is how much is read from a file at once.
const blockSize = 128 << 10

// textReader turns a file into UTF-8 without NUL bytes while it streams. A byte-order mark decides at once. Without one
// the text is UTF-8 until a byte contradicts: if everything before was ASCII, the file is Windows-1252 from there on,
// which is exact, because both agree on ASCII; if it was not, the file is damaged UTF-8, and that single byte alone is
// read as Windows-1252.
type textReader struct {
	raw      io.Reader
	file     string
	found    *findings
	encoding string

	in        []byte
	keep      []byte // an incomplete character that waits for its end
	out       []byte // ready to be read; part of in, or scratch
	scratch   []byte
	err       error
	multibyte bool // characters beyond ASCII have been seen
	started   bool
	line, col int      // of the byte after out
	track     *tracker // is told how the text lies in the file; nil for none
}

func newTextReader(raw io.Reader, file string, found *findings) *textReader {
	return &textReader{raw: raw, file: file, found: found, encoding: encodingUTF8, in: make([]byte, blockSize), line: 1, col: 1}
}

// Read gives UTF-8.
func (t *textReader) Read(p []byte) (int, error) {
	for len(t.out) == 0 {
		if t.err != nil {
			return 0, t.err
		}
		t.fill()
	}
	n := copy(p, t.out)
	t.out = t.out[n:]
	return n, nil
}

func (t *textReader) fill() {
	if !t.started {
		t.started = true
		t.begin()
	}
	have := copy(t.in, t.keep)
	t.keep = t.keep[:0]
	if t.err == nil {
		n, err := t.raw.Read(t.in[have:])
		have += n
		t.err = err
	}
	t.take(t.in[:have])
}

// begin looks for a byte-order mark.
func (t *textReader) begin() {
	n, err := io.ReadFull(t.raw, t.in[:3])
	head := bytes.Clone(t.in[:n])
	if err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = io.EOF
		}
		t.err = err
	}
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		t.encoding = encodingUTF16LE
		if head[0] == 0xfe {
			t.encoding = encodingUTF16BE
		}
		t.track.begin(2, twoBytes, t.state())
		decoder := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder()
		t.raw, t.err = transform.NewReader(io.MultiReader(bytes.NewReader(head), t.raw), decoder), nil
	case bytes.Equal(head, []byte{0xef, 0xbb, 0xbf}):
		t.track.begin(len(head), asIs, t.state())
	default:
		t.keep = head
	}
}

// take makes data ready to be read, as far as its characters are complete.
func (t *textReader) take(data []byte) {
	switch {
	case t.encoding == encodingWindows:
		t.scratch = appendWindows(t.scratch[:0], data)
		data = t.scratch
	case !ascii(data):
		whole := data
		if t.err == nil {
			whole = data[:len(data)-incomplete(data)]
			t.keep = append(t.keep[:0], data[len(whole):]...)
		}
		if utf8.Valid(whole) {
			if !t.multibyte {
				if end := firstWide(whole); end > 0 {
					t.wide(end)
				}
			}
			data = whole
		} else {
			data = t.repair(whole)
		}
	}
	if i := bytes.IndexByte(data, 0); i >= 0 {
		data = data[:i]
		t.advance(data)
		t.err = problemAt(t.file, t.line, t.col, "nul_byte", "there is a NUL byte; this is not a text file",
			"if a spreadsheet wrote it, save it as CSV UTF-8")
	} else {
		t.advance(data)
	}
	t.track.made(len(data))
	t.out = data
}

// repair reads text that is not all UTF-8.
func (t *textReader) repair(data []byte) []byte {
	out := t.scratch[:0]
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		if r != utf8.RuneError || size > 1 {
			out = append(out, data[:size]...)
			data = data[size:]
			if size > 1 && !t.multibyte {
				t.wide(len(out))
			}
			continue
		}
		bad := data[0]
		if !t.multibyte {
			t.encoding = encodingWindows
			t.track.mark(len(out), byteRune, t.state())
			out = appendWindows(out, data)
			if len(t.keep) > 0 { // kept as the start of a UTF-8 character, which it is not
				out = appendWindows(out, t.keep)
				t.keep = t.keep[:0]
			}
			t.found.add(source.SeverityNote, "not_utf8", 1, 1, func() (string, string) {
				return "the file is not UTF-8; it is read as Windows-1252", "save it as UTF-8 if letters come out wrong"
			})
			break
		}
		line, col := place(t.line, t.col, out)
		t.found.add(source.SeverityWarning, "damaged_utf8", line, col, func() (string, string) {
			return fmt.Sprintf("byte 0x%02x is not valid UTF-8; it is read as Windows-1252, %q", bad, charmap.Windows1252.DecodeByte(bad)),
				"save the file as UTF-8"
		})
		t.track.mark(len(out), byteRune, t.state())
		out = utf8.AppendRune(out, charmap.Windows1252.DecodeByte(bad))
		t.track.mark(len(out), asIs, t.state())
		data = data[1:]
	}
	t.scratch = out
	return out
}

func (t *textReader) advance(out []byte) { t.line, t.col = place(t.line, t.col, out) }

// place moves a line and a column over text.
func place(line, col int, text []byte) (int, int) {
	if n := bytes.Count(text, []byte{'\n'}); n > 0 {
		line += n
		col = 1
		text = text[bytes.LastIndexByte(text, '\n')+1:]
	}
	return line, col + utf8.RuneCount(text)
}

func appendWindows(out, data []byte) []byte {
	for _, b := range data {
		if b < utf8.RuneSelf {
			out = append(out, b)
		} else {
			out = utf8.AppendRune(out, charmap.Windows1252.DecodeByte(b))
		}
	}
	return out
}

// ascii tells whether no byte has its high bit set, eight at a time.
func ascii(data []byte) bool {
	for len(data) >= 8 {
		b := data[:8]
		if (b[0]|b[1]|b[2]|b[3]|b[4]|b[5]|b[6]|b[7])&0x80 != 0 {
			return false
		}
		data = data[8:]
	}
	for _, b := range data {
		if b >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// incomplete is how many bytes at the end begin a character that does not end there.
func incomplete(data []byte) int {
	for n := 1; n <= min(utf8.UTFMax-1, len(data)); n++ {
		tail := data[len(data)-n:]
		if utf8.RuneStart(tail[0]) {
			if utf8.FullRune(tail) {
				return 0
			}
			return n
		}
	}
	return 0
}

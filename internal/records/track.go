package records

import (
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// layout says how text lies in the file that it was decoded from.
type layout uint8

const (
	asIs     layout = iota // byte for byte
	byteRune               // every character is one byte: Windows-1252
	twoBytes               // UTF-16
)

// textState is what a textReader must know to go on in the middle of a file.
type textState uint8

const (
	stateASCII   textState = iota // UTF-8, and no character beyond ASCII so far
	stateUTF8                     // UTF-8 with such characters
	stateWindows                  // Windows-1252
	stateUTF16LE
	stateUTF16BE
	textStates // how many there are
)

// state is what the reader's next byte is read as.
func (t *textReader) state() textState {
	switch t.encoding {
	case encodingUTF16LE:
		return stateUTF16LE
	case encodingUTF16BE:
		return stateUTF16BE
	case encodingWindows:
		return stateWindows
	}
	if t.multibyte {
		return stateUTF8
	}
	return stateASCII
}

// wide notes that a character beyond ASCII ends at an offset of the text being made.
func (t *textReader) wide(end int) {
	t.multibyte = true
	if t.encoding == encodingUTF8 {
		t.track.mark(end, asIs, t.state())
	}
}

// firstWide is where the first character beyond ASCII ends; 0 when there is none.
func firstWide(text []byte) int {
	for i, b := range text {
		if b >= utf8.RuneSelf {
			_, size := utf8.DecodeRune(text[i:])
			return i + size
		}
	}
	return 0
}

// resumeText is a textReader that goes on in the middle of a file, at the start of a character.
func resumeText(raw io.Reader, file string, at spot) *textReader {
	t := newTextReader(raw, file, nil)
	t.started, t.line, t.col = true, at.line, at.col
	as := asIs
	switch at.text() {
	case stateUTF8:
		t.multibyte = true
	case stateWindows:
		t.encoding, as = encodingWindows, byteRune
	case stateUTF16LE:
		t.encoding, as = encodingUTF16LE, twoBytes
		t.raw = transform.NewReader(raw, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder())
	case stateUTF16BE:
		t.encoding, as = encodingUTF16BE, twoBytes
		t.raw = transform.NewReader(raw, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder())
	}
	t.track = &tracker{offset: at.offset, now: stretch{as: as, state: at.text()}}
	return t
}

// tracker follows where in the file the text stands that has been consumed, so that reading can begin there again. The
// text reader tells it where the layout changes, the window how far it went.
type tracker struct {
	offset int64 // in the file, of what is not consumed
	text   int64 // bytes of text consumed
	end    int64 // bytes of text made
	now    stretch
	next   []stretch // the changes still to come
	lost   bool      // the offset is not known any more
}

// stretch is a part of the text with one layout.
type stretch struct {
	from  int64 // in the text
	as    layout
	state textState // at its start
}

// maxStretches bounds what is remembered of a file that is damaged all over.
const maxStretches = 1 << 16

// begin says what the file starts with: bytes of a byte-order mark, and how it goes on.
func (t *tracker) begin(skipped int, as layout, state textState) {
	if t != nil {
		t.offset, t.now = int64(skipped), stretch{as: as, state: state}
	}
}

// mark says that the layout changes at an offset of the text being made.
func (t *tracker) mark(at int, as layout, state textState) {
	switch {
	case t == nil || t.lost:
	case len(t.next) == maxStretches:
		t.lost, t.next = true, nil
	default:
		t.next = append(t.next, stretch{t.end + int64(at), as, state})
	}
}

// made counts text that is ready to be read.
func (t *tracker) made(n int) {
	if t != nil {
		t.end += int64(n)
	}
}

// advance moves over text that was consumed.
func (t *tracker) advance(text []byte) {
	for !t.lost {
		part := text
		if len(t.next) > 0 {
			part = text[:min(int64(len(text)), t.next[0].from-t.text)]
		}
		t.over(part)
		text = text[len(part):]
		if len(t.next) == 0 || t.next[0].from > t.text {
			return
		}
		t.now, t.next = t.next[0], t.next[1:]
	}
}

// over moves over text of one layout.
func (t *tracker) over(text []byte) {
	t.text += int64(len(text))
	switch t.now.as {
	case asIs:
		t.offset += int64(len(text))
	case byteRune:
		t.offset += int64(utf8.RuneCount(text))
	case twoBytes:
		for len(text) > 0 {
			r, size := utf8.DecodeRune(text)
			switch {
			case r == utf8.RuneError: // may stand for one half of a pair, or for two
				t.lost = true
				return
			case r > 0xffff:
				t.offset += 4
			default:
				t.offset += 2
			}
			text = text[size:]
		}
	}
}

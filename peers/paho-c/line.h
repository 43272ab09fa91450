/* What the driver tells: a JSON object a line on standard output, flushed at once. */
#include <stdio.h>
#include <string.h>

static void put_text(const char *name, const char *text, size_t length) {
    printf(",\"%s\":\"", name);
    for (size_t i = 0; i < length; i++) {
        unsigned char c = text[i];
        if (c == '"' || c == '\\') {
            printf("\\%c", c);
        } else if (c < 0x20) {
            printf("\\u%04x", c);
        } else {
            putchar(c);
        }
    }
    putchar('"');
}

static void put_note(const char *callback, const char *words) {
    char note[300];
    snprintf(note, sizeof note, words ? "%s: %s" : "%s", callback, words);
    put_text("note", note, strlen(note));
}

/* The callbacks come from the library's threads: one line at a time. */
static void begin(const char *what) {
    flockfile(stdout);
    printf("{\"what\":\"%s\"", what);
}

static void end(void) {
    printf("}\n");
    fflush(stdout);
    funlockfile(stdout);
}

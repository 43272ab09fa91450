/*
 * SSLKEYLOGFILE for a library that gives nobody its OpenSSL context: it calls this SSL_CTX_new, since that of a program comes before
 * those of its libraries. What is made writes its keys where the variable says. OpenSSL's headers are not needed.
 */
#ifndef KEYLOG_H
#define KEYLOG_H
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void keylog_line(const void *session, const char *line)
{
	char text[1024];
	int length = snprintf(text, sizeof text, "%s\n", line);
	int out = open(getenv("SSLKEYLOGFILE"), O_WRONLY | O_CREAT | O_APPEND, 0600);
	(void)session;
	if (out < 0) return;
	/* In one piece: others write to it too. */
	if (length < (int)sizeof text && write(out, text, (size_t)length) != length) perror("SSLKEYLOGFILE");
	close(out);
}

void *SSL_CTX_new(const void *method)
{
	void *(*make)(const void *) = (void *(*)(const void *))dlsym(RTLD_NEXT, "SSL_CTX_new");
	void (*log_to)(void *, void (*)(const void *, const char *)) =
		(void (*)(void *, void (*)(const void *, const char *)))dlsym(RTLD_NEXT, "SSL_CTX_set_keylog_callback");
	void *context = make ? make(method) : NULL;
	if (context && log_to && getenv("SSLKEYLOGFILE")) log_to(context, keylog_line);
	return context;
}
#endif

/* SPDX-License-Identifier: GPL-2.0 */
/* server.h - the fork server: a booted machine that waits for clients and forks itself for each. */
#ifndef LAB_SERVER_H
#define LAB_SERVER_H

/*
 * server_wait: called at the guest's LAB_READY. Listens on the socket (inherited, named by LAB_SOCKET as a descriptor
 * number) and returns only in a child, when a run has begun. The parent ends after idle_seconds (wall clock)
 * without a client, or when told to.
 */
void server_wait(int listener, unsigned idle_seconds);

#endif

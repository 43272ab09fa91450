%% Instead of Erlang's port mapper daemon, which every Erlang program of a machine shares and none of them ends: this node
%% looks for no other, and is found by none.
-module(no_epmd).
-export([start_link/0, register_node/2, register_node/3, port_please/2, port_please/3, listen_port_please/2,
         address_please/3, names/0, names/1]).

start_link() -> ignore.

register_node(_Name, _Port) -> {ok, 1}.
register_node(_Name, _Port, _Family) -> {ok, 1}.

port_please(_Name, _Host) -> noport.
%% Of RabbitMQ, which wants to hear of some port of its own for other nodes.
port_please(_Name, _Host, _Timeout) -> {port, 0, 5}.
listen_port_please(_Name, _Host) -> {ok, 0}.

address_please(_Name, Host, Family) -> inet:getaddr(Host, Family).

names() -> {ok, []}.
names(_Host) -> {ok, []}.

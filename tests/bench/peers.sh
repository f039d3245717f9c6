#!/bin/bash
# peers.sh - what a caller costs here and in other conferencing servers, in one run.
#
#   tests/bench/peers.sh [--asterisk PREFIX] [--freeswitch PREFIX] [--rounds N] [--seconds S]
#                        [--codec NAME] [--talkers all|K] [--build DIR] [--keep] [CASE...]
#
# PREFIX is where the peer was installed by its own `make install`; Debian 12 has neither, README.md says how
# to build them. Cases: LEGSxROOMS (100x1 with 5 talking, and 100x25 with all talking, if none is named).
# Servers take turns (A B C A B C ...), with one load and one ear. Peers run with a
# configuration written here: one profile for all rooms, 8 kHz, 20 ms, no prompts, quiet log.
# Everything is on loopback; only processes started here are ended.
set -u

# shellcheck source=tests/bench/server.sh
. "$(dirname "$0")/server.sh"
# shellcheck source=tests/bench/figures.sh
. "$(dirname "$0")/figures.sh"

rounds=3 seconds=10 codec=pcmu talkers='' asterisk='' freeswitch=''
cases=()
servers=(raduno)

read_options() {
    while [ $# -gt 0 ]; do
        case $1 in
        --asterisk) asterisk=${2:?} servers+=(asterisk) && shift ;;
        --freeswitch) freeswitch=${2:?} servers+=(freeswitch) && shift ;;
        --rounds) rounds=${2:?} && shift ;;
        --seconds) seconds=${2:?} && shift ;;
        --codec) codec=${2:?} && shift ;;
        --talkers) talkers=${2:?} && shift ;;
        --build) build=${2:?} && shift ;;
        --keep) keep=1 ;;
        --help) sed -n '2,/^set/{/^set/d;s/^# \?//;p}' "$0" && exit ;;
        [1-9]*x[1-9]*) cases+=("$1") ;;
        *) die "$1: see --help" ;;
        esac
        shift
    done
    [ ${#cases[@]} -gt 0 ] || cases=(100x1 100x25)
    RADUNO_BIN=$build/raduno
    bench_begin peers.sh
    [ -x "$build/bench-load" ] || die "$build/bench-load is not built"
    [ -z "$asterisk" ] || [ -x "$asterisk/sbin/asterisk" ] || die "$asterisk/sbin/asterisk is not there"
    [ -z "$freeswitch" ] || [ -x "$freeswitch/bin/freeswitch" ] || die "$freeswitch/bin/freeswitch is not there"
}

# ---- Asterisk: ConfBridge, calls by chan_pjsip ----

write_asterisk() { # DIRECTORY PORT
    mkdir -p "$1"/{etc,lib,log,run,spool}
    cat >"$1/etc/asterisk.conf" <<-END
		[directories]
		astetcdir => $1/etc
		astmoddir => $asterisk/lib/asterisk/modules
		astvarlibdir => $1/lib
		astdbdir => $1/lib
		astkeydir => $1/lib
		astdatadir => $1/lib
		astagidir => $1/lib
		astspooldir => $1/spool
		astrundir => $1/run
		astlogdir => $1/log
	END
    printf '[modules]\nautoload = yes\n' >"$1/etc/modules.conf"
    printf '[general]\n[logfiles]\nmessages => error\n' >"$1/etc/logger.conf"
    printf '[general]\nrtpstart=20000\nrtpend=39999\n' >"$1/etc/rtp.conf"
    cat >"$1/etc/pjsip.conf" <<-END
		[udp]
		type=transport
		protocol=udp
		bind=127.0.0.1:$2
		[caller]
		type=endpoint
		context=rooms
		disallow=all
		allow=ulaw,alaw,g722
		direct_media=no
		transport=udp
		[caller]
		type=identify
		endpoint=caller
		match=127.0.0.1
	END
    cat >"$1/etc/extensions.conf" <<-'END'
		[rooms]
		exten => _.,1,Answer()
		same => n,ConfBridge(${EXTEN},room,caller)
	END
    cat >"$1/etc/confbridge.conf" <<-END
		[general]
		[room]
		type=bridge
		internal_sample_rate=8000
		mixing_interval=20
		[caller]
		type=user
		quiet=yes
		dsp_drop_silence=yes
	END
}

begin_asterisk() { # DIRECTORY
    write_asterisk "$1" "$sip_port"
    "$asterisk/sbin/asterisk" -C "$1/etc/asterisk.conf" -f >"$1/out" 2>&1 &
    server=$!
}

ready_asterisk() { # DIRECTORY
    "$asterisk/sbin/asterisk" -C "$1/etc/asterisk.conf" -rx 'core waitfullybooted' >/dev/null 2>&1
}

# ---- FreeSWITCH: mod_conference, calls by mod_sofia ----

write_freeswitch() { # DIRECTORY PORT CONTROL-PORT
    mkdir -p "$1"/{etc,log,db,run}
    cat >"$1/etc/freeswitch.xml" <<-END
		<document type="freeswitch/xml">
		<section name="configuration">
		<configuration name="modules.conf"><modules>
		<load module="mod_logfile"/><load module="mod_sofia"/><load module="mod_commands"/>
		<load module="mod_conference"/><load module="mod_dptools"/><load module="mod_dialplan_xml"/>
		<load module="mod_opus"/><load module="mod_event_socket"/>
		</modules></configuration>
		<configuration name="event_socket.conf"><settings>
		<param name="listen-ip" value="127.0.0.1"/><param name="listen-port" value="$3"/>
		<param name="password" value="bench"/>
		</settings></configuration>
		<configuration name="logfile.conf"><settings><param name="rotate-on-hup" value="true"/></settings>
		<profiles><profile name="default"><settings><param name="logfile" value="$1/log/freeswitch.log"/></settings>
		<mappings><map name="all" value="err,crit,alert"/></mappings></profile></profiles></configuration>
		<configuration name="switch.conf"><settings>
		<param name="max-sessions" value="20000"/><param name="sessions-per-second" value="2000"/>
		<param name="loglevel" value="err"/>
		<param name="rtp-start-port" value="20000"/><param name="rtp-end-port" value="39999"/>
		</settings></configuration>
		<configuration name="sofia.conf"><profiles><profile name="bench"><settings>
		<param name="dialplan" value="XML"/><param name="context" value="rooms"/>
		<param name="codec-prefs" value="PCMU,PCMA,G722,opus@48000h"/>
		<param name="inbound-codec-negotiation" value="generous"/>
		<param name="sip-ip" value="127.0.0.1"/><param name="rtp-ip" value="127.0.0.1"/>
		<param name="sip-port" value="$2"/><param name="auth-calls" value="false"/>
		</settings></profile></profiles></configuration>
		<configuration name="conference.conf"><profiles><profile name="bench">
		<param name="rate" value="8000"/><param name="interval" value="20"/>
		<param name="energy-level" value="100"/><param name="comfort-noise" value="true"/>
		</profile></profiles></configuration>
		</section>
		<section name="dialplan"><context name="rooms"><extension name="room">
		<condition field="destination_number" expression="^(.+)\$">
		<action application="answer"/><action application="conference" data="\$1@bench"/>
		</condition></extension></context></section>
		</document>
	END
}

begin_freeswitch() { # DIRECTORY
    api_port=$((6000 + RANDOM % 3900))
    write_freeswitch "$1" "$sip_port" "$api_port"
    "$freeswitch/bin/freeswitch" -nf -nonat -conf "$1/etc" -log "$1/log" -db "$1/db" \
        -run "$1/run" >"$1/out" 2>&1 &
    server=$!
}

ready_freeswitch() { # DIRECTORY
    "$freeswitch/bin/fs_cli" -P "$api_port" -p bench -x status 2>/dev/null | grep -q 'is ready' &&
        "$freeswitch/bin/fs_cli" -P "$api_port" -p bench -x 'sofia status' | grep -q RUNNING
}

# ---- a server of any kind ----

start() { # NAME: sets server, sip_port
    if [ "$1" = raduno ]; then
        bench_start_server --set rooms.max_rooms=20000 --set rooms.max_participants=2000
        return
    fi
    local directory
    directory=$(mktemp -d -p "$work" "$1.XXXX")
    sip_port=$((2000 + RANDOM % 4000))
    "begin_$1" "$directory"
    for _ in $(seq 300); do
        "ready_$1" "$directory" && return
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
    tail -5 "$directory/out" >&2
    die "$1 does not start"
}

call() { # LEGS ROOMS TALKERS OUT
    "$build/bench-load" --server "127.0.0.1:$sip_port" --legs "$1" --rooms "$2" \
        --codec "$codec" --talkers "$3" --seconds "$seconds" --watch "$server" >"$4"
}

compare() { # LEGS ROOMS TALKERS
    local round name
    for round in $(seq "$rounds"); do
        for name in "${servers[@]}"; do
            start "$name"
            call "$1" "$2" "$3" "$work/$name.$round" || echo "  $name: not every call went well" >&2
            bench_stop_server
        done
    done
    echo "$1 legs in $2 rooms, $codec, talkers $3, $rounds x $seconds s of each, in turn (min/median/max)"
    for name in "${servers[@]}"; do
        local ratio=1
        [ "$name" = raduno ] || ratio=$(paste <(values "$name" cpu_us_per_leg_second) \
            <(values raduno cpu_us_per_leg_second) | awk '$2 > 0 { print $1 / $2 }' | spread %.1f)
        printf '  %-10s  CPU %s us per leg and second, x %s;' "$name" \
            "$(values "$name" cpu_us_per_leg_second | spread %.0f)" "$ratio"
        printf '  %s KiB per leg;  heard %s %%, lost %s, worst gap %s ms\n' \
            "$(values "$name" '(rss_end_kib - rss_before_kib) / legs' | median %.0f)" \
            "$(values "$name" heard_percent | spread %.2f)" "$(values "$name" lost | spread %.0f)" \
            "$(values "$name" worst_gap_ms | spread %.0f)"
    done
}

main() {
    read_options "$@"
    echo "$(uname -sr), $(nproc) cores, $("$RADUNO_BIN" --version)"
    [ -z "$asterisk" ] || "$asterisk/sbin/asterisk" -V
    [ -z "$freeswitch" ] || "$freeswitch/bin/freeswitch" -version
    for case in "${cases[@]}"; do
        compare "${case%x*}" "${case#*x}" "${talkers:-$([ "${case#*x}" = 1 ] && echo 5 || echo all)}"
    done
}

main "$@"

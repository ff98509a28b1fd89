package io.flosse.internal.channel.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.channel.ChannelUnavailableException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** {@link ChannelTable}: which channel makes room for a new one, and how many channels are looked at for that. */
class ChannelTableTest {

    private final Set<String> used = new HashSet<>();
    private final Set<String> busy = new HashSet<>();
    private final List<String> removed = new ArrayList<>();
    private int looks;

    /** A channel is its own name. */
    private final ChannelTable.Owner<String> owner = new ChannelTable.Owner<>() {
        @Override
        public boolean isUsed(String name, String channel) {
            looks++;
            return used.contains(channel);
        }

        @Override
        public boolean retire(String channel) {
            return !busy.contains(channel);
        }

        @Override
        public void removed(String name, String channel) {
            removed.add(channel);
        }
    };

    private static void add(ChannelTable<String> table, String... names) {
        for (String name : names) {
            table.getOrAdd(name, key -> key);
        }
    }

    @Test
    void channelUnusedForLongestMakesRoom() {
        ChannelTable<String> table = new ChannelTable<>(3, owner);
        add(table, "a", "b", "c");
        table.touch("a", "a");
        add(table, "d", "e");
        assertThat(removed).containsExactly("b", "c");
        assertThat(table.channels()).containsOnlyKeys("a", "d", "e");
    }

    @Test
    void usedOrBusyChannelIsKept() {
        ChannelTable<String> table = new ChannelTable<>(3, owner);
        add(table, "used", "busy", "c");
        used.add("used");
        busy.add("busy");
        add(table, "d", "e");
        assertThat(table.channels()).containsOnlyKeys("used", "busy", "e");

        used.clear();
        table.touch("used", "used");
        busy.clear();
        add(table, "f", "g");
        assertThat(table.channels()).containsOnlyKeys("used", "f", "g");
    }

    @Test
    void newNameIsRefusedWhileAllChannelsAreUsed() {
        ChannelTable<String> table = new ChannelTable<>(2, owner);
        add(table, "a", "b");
        used.addAll(List.of("a", "b"));
        assertThatThrownBy(() -> add(table, "c"))
                .isInstanceOf(ChannelUnavailableException.class)
                .hasMessageContaining("Channel c can't be created")
                .hasMessageContaining("maxChannels");
        add(table, "a", "b");
        used.remove("b");
        table.touch("b", "b");
        add(table, "c");
        assertThat(table.channels()).containsOnlyKeys("a", "c");
    }

    @Test
    void removalKeepsTheGivenChannelAndForgetsRemovedOnes() {
        ChannelTable<String> table = new ChannelTable<>(9, owner);
        add(table, "a", "b", "c");
        table.remove("b", "b");
        assertThat(table.removeUnused("a")).isTrue();
        assertThat(table.removeUnused("a")).isFalse();
        assertThat(removed).containsExactly("c");
        table.touch("c", "c");
        assertThat(table.removeUnused(null)).isTrue();
        assertThat(table.removeUnused(null)).isFalse();
        assertThat(removed).containsExactly("c", "a");
    }

    /** Otherwise each new name would cost a look at all channels while most of them have subscribers. */
    @Test
    void searchForRoomLooksAtEachUsedChannelOnce() {
        ChannelTable<String> table = new ChannelTable<>(1001, owner);
        for (int i = 0; i < 1000; i++) {
            add(table, "used " + i);
            used.add("used " + i);
        }
        for (int i = 0; i < 1000; i++) {
            add(table, "new " + i);
        }
        assertThat(removed).hasSize(999);
        assertThat(looks).isLessThan(2100);
        used.add("new 999");
        for (int i = 0; i < 1000; i++) {
            assertThatThrownBy(() -> add(table, "refused")).isInstanceOf(ChannelUnavailableException.class);
        }
        assertThat(looks).isLessThan(2100);
    }
}

package io.flosse.checks.architecture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReader;
import java.lang.module.ModuleReference;
import java.lang.reflect.Modifier;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** A library module of flosse, found on the class path by its {@code module-info.class}. */
record LibraryModule(String name, Set<String> exportedPackages, List<Class<?>> publicTypes) {

    /** Returns all library modules, sorted by name. */
    static List<LibraryModule> all() {
        try {
            ClassLoader loader = LibraryModule.class.getClassLoader();
            return Collections.list(loader.getResources("module-info.class")).stream()
                    .map(LibraryModule::location)
                    // The jar of the examples names the same modules again, in its folder of libraries.
                    .filter(path -> !path.getParent().endsWith("libs"))
                    .flatMap(path -> ModuleFinder.of(path).findAll().stream())
                    .filter(module -> module.descriptor().name().matches("io\\.flosse(\\..*)?"))
                    .map(LibraryModule::of)
                    .sorted(Comparator.comparing(LibraryModule::name))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the jar or directory that contains a module-info. */
    private static Path location(URL moduleInfo) {
        try {
            if (moduleInfo.openConnection() instanceof JarURLConnection jar) {
                return Path.of(jar.getJarFileURL().toURI());
            }
            return Path.of(URI.create(moduleInfo.toString())).getParent();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static LibraryModule of(ModuleReference module) {
        Set<String> exported = module.descriptor().exports().stream()
                .filter(export -> !export.isQualified())
                .map(ModuleDescriptor.Exports::source)
                .collect(Collectors.toUnmodifiableSet());
        try (ModuleReader reader = module.open()) {
            List<Class<?>> types = reader.list()
                    .filter(file -> file.endsWith(".class"))
                    .map(file ->
                            file.substring(0, file.length() - ".class".length()).replace('/', '.'))
                    .filter(name -> exported.contains(name.substring(0, Math.max(0, name.lastIndexOf('.')))))
                    .filter(name -> !name.endsWith(".package-info"))
                    .<Class<?>>map(LibraryModule::load)
                    .filter(LibraryModule::isPublic)
                    .sorted(Comparator.comparing(Class::getName))
                    .toList();
            return new LibraryModule(module.descriptor().name(), exported, types);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name, false, LibraryModule.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean isPublic(Class<?> type) {
        Class<?> enclosing = type.getEnclosingClass();
        return Modifier.isPublic(type.getModifiers()) && (enclosing == null || isPublic(enclosing));
    }
}

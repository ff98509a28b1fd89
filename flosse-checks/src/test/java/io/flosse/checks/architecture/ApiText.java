package io.flosse.checks.architecture;

import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The public API of a module as text, with one line for each type and each public or protected member. */
final class ApiText {

    private ApiText() {}

    /** Returns the API of a module. */
    static String of(LibraryModule module) {
        return module.publicTypes().stream().map(ApiText::type).collect(Collectors.joining("\n"));
    }

    private static String type(Class<?> type) {
        String members = Stream.of(fields(type), constructors(type), methods(type))
                .flatMap(lines ->
                        lines.sorted(Comparator.comparing(ApiText::name).thenComparing(line -> line)))
                .map(line -> "    " + line + "\n")
                .collect(Collectors.joining());
        return header(type) + "\n" + members;
    }

    /** Returns the name of a member, which is its sort key: the word before the parameters. */
    private static String name(String line) {
        String beforeParameters = line.replaceFirst("\\(.*", "");
        return beforeParameters.substring(beforeParameters.lastIndexOf(' ') + 1);
    }

    private static String header(Class<?> type) {
        var header = new StringBuilder(modifiers(type))
                .append(type.getName().replace('$', '.'))
                .append(variables(type.getTypeParameters()));
        Type parent = type.getGenericSuperclass();
        if (parent != null && parent != Object.class && !type.isEnum() && !type.isRecord()) {
            header.append(" extends ").append(readable(parent.getTypeName()));
        }
        List<String> interfaces = Arrays.stream(type.getGenericInterfaces())
                .map(parentInterface -> readable(parentInterface.getTypeName()))
                .toList();
        if (!interfaces.isEmpty()) {
            header.append(type.isInterface() ? " extends " : " implements ").append(String.join(", ", interfaces));
        }
        return header.toString();
    }

    private static String modifiers(Class<?> type) {
        boolean isInterface = type.isInterface();
        int shown = type.getModifiers() & (Modifier.PUBLIC | Modifier.PROTECTED | Modifier.STATIC);
        if (!isInterface && !type.isEnum()) {
            shown |= type.getModifiers() & (Modifier.ABSTRACT | Modifier.FINAL);
        }
        String kind = type.isAnnotation()
                ? "@interface"
                : isInterface ? "interface" : type.isEnum() ? "enum" : type.isRecord() ? "record" : "class";
        return Modifier.toString(shown) + (type.isSealed() ? " sealed " : " ") + kind + " ";
    }

    private static Stream<String> fields(Class<?> type) {
        return Arrays.stream(type.getDeclaredFields())
                .filter(ApiText::isVisible)
                .map(ApiText::field);
    }

    private static String field(Field field) {
        if (field.isEnumConstant()) {
            return field.getName();
        }
        return Modifier.toString(field.getModifiers()) + " " + typeName(field.getAnnotatedType()) + " "
                + field.getName();
    }

    private static Stream<String> constructors(Class<?> type) {
        return Arrays.stream(type.getDeclaredConstructors())
                .filter(ApiText::isVisible)
                .map(ApiText::constructor);
    }

    private static String constructor(Constructor<?> constructor) {
        return Modifier.toString(constructor.getModifiers()) + " "
                + constructor.getDeclaringClass().getSimpleName() + parameters(constructor) + exceptions(constructor);
    }

    private static Stream<String> methods(Class<?> type) {
        return Arrays.stream(type.getDeclaredMethods())
                .filter(method -> isVisible(method) && !isGeneratedForEnum(method))
                .map(ApiText::method);
    }

    private static boolean isGeneratedForEnum(Method method) {
        return method.getDeclaringClass().isEnum()
                && (method.getName().equals("values") || method.getName().equals("valueOf"));
    }

    private static String method(Method method) {
        int shown = method.getModifiers() & Modifier.methodModifiers() & ~(Modifier.SYNCHRONIZED | Modifier.NATIVE);
        if (method.getDeclaringClass().isInterface()) {
            shown &= ~Modifier.ABSTRACT;
        }
        String variables = variables(method.getTypeParameters());
        return Modifier.toString(shown) + (method.isDefault() ? " default " : " ")
                + (variables.isEmpty() ? "" : variables + " ") + typeName(method.getAnnotatedReturnType()) + " "
                + method.getName() + parameters(method) + exceptions(method);
    }

    private static boolean isVisible(Member member) {
        return (member.getModifiers() & (Modifier.PUBLIC | Modifier.PROTECTED)) != 0 && !member.isSynthetic();
    }

    private static String variables(TypeVariable<?>[] variables) {
        return variables.length == 0
                ? ""
                : Arrays.stream(variables)
                        .map(variable -> variable.getName() + bounds(variable))
                        .collect(Collectors.joining(", ", "<", ">"));
    }

    private static String bounds(TypeVariable<?> variable) {
        List<String> bounds = Arrays.stream(variable.getAnnotatedBounds())
                .map(ApiText::typeName)
                .filter(bound -> !bound.equals("Object"))
                .toList();
        return bounds.isEmpty() ? "" : " extends " + String.join(" & ", bounds);
    }

    private static String parameters(Executable executable) {
        return Arrays.stream(executable.getParameters())
                .map(ApiText::parameter)
                .collect(Collectors.joining(", ", "(", ")"));
    }

    private static String parameter(Parameter parameter) {
        String type = typeName(parameter.getAnnotatedType());
        return parameter.isVarArgs() ? type.replaceFirst("\\[]$", "...") : type;
    }

    private static String exceptions(Executable executable) {
        List<String> exceptions = Arrays.stream(executable.getAnnotatedExceptionTypes())
                .map(ApiText::typeName)
                .sorted()
                .toList();
        return exceptions.isEmpty() ? "" : " throws " + String.join(", ", exceptions);
    }

    private static String typeName(AnnotatedType type) {
        return readable(type.toString());
    }

    /** Removes the packages of the JDK, of flosse and of the nullness annotations from a type name. */
    private static String readable(String type) {
        return type.replaceAll("@org\\.jspecify\\.annotations\\.(\\w+)\\(\\)", "@$1")
                .replaceAll("\\b(java|io\\.flosse)\\.[a-z.]*(?=@?[A-Z])", "")
                .replace('$', '.');
    }
}
